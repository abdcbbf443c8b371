/// Looks whether a TXT value has arrived everywhere a CA may look.
public struct AuthoritativeCheck: Sendable {
    /// Who is asked.
    public enum Mode: Hashable, Sendable {
        /// Every address of every name server of the zone.
        case authoritative
        /// Only the recursive servers of the resolver, each of them; for networks that cannot reach others.
        case recursiveOnly
    }

    private let resolver: DNSResolver
    private let mode: Mode

    /// Makes a check.
    ///
    /// - Parameter resolver: Finds the zone and its servers; its port for authoritative servers is where those are asked.
    public init(resolver: DNSResolver, mode: Mode = .authoritative) {
        self.resolver = resolver
        self.mode = mode
    }

    /// Asks all servers, at the same time, for a value in the TXT records of a name, or of what it is an alias of.
    public func txt(_ name: DomainName, has value: String) async -> PropagationReport {
        switch mode {
        case .recursiveOnly:
            let targets = resolver.servers.map { Target(server: $0.host, address: $0) }
            return PropagationReport(name: name, zone: nil, verdicts: await verdicts(of: targets, name: name, value: value), problem: nil)
        case .authoritative:
            do throws(DNSError) {
                let end = try await destination(of: name)
                return PropagationReport(
                    name: end.name, zone: end.zone, verdicts: await verdicts(of: end.targets, name: end.name, value: value), problem: nil)
            } catch {
                return PropagationReport(name: name, zone: nil, verdicts: [], problem: error)
            }
        }
    }

    /// A server at one of its addresses.
    private struct Target: Sendable {
        let server: String
        let address: Nameserver
        /// Why it has no address.
        var problem: DNSError?
    }

    /// Where the aliases of a name end, by the authoritative servers: a cache may still know the alias that a wildcard gave to a name which
    /// has records of its own by now.
    private func destination(of name: DomainName) async throws(DNSError) -> (name: DomainName, zone: DomainName, targets: [Target]) {
        var chain = AliasChain(from: name)
        while true {
            let zone = try await resolver.zone(of: chain.end)
            let targets = try await targets(zone: zone)
            guard let alias = await alias(of: chain.end, at: targets) else { return (chain.end, zone, targets) }
            do { try chain.follow(to: alias) } catch { throw DNSError(error, subject: "CNAME \(name)") }
        }
    }

    /// As the first server says that answers; nil when none does, which its verdict will tell.
    private func alias(of name: DomainName, at targets: [Target]) async -> DomainName? {
        for target in targets where target.problem == nil {
            if let answer = try? await answer(to: Question(name: name, type: .cname), at: target.address) { return answer.names.first }
        }
        return nil
    }

    private func targets(zone: DomainName) async throws(DNSError) -> [Target] {
        let servers = try await resolver.nameservers(ofZone: zone)
        guard (1...DNSLimits.authoritativeServersMax).contains(servers.count) else {
            let words = "the zone has \(servers.count) name servers; 1 to \(DNSLimits.authoritativeServersMax) are asked"
            throw DNSError(.noNameservers(words), subject: "NS \(zone)")
        }
        return await withTaskGroup(of: (Int, [Target]).self) { group in
            for (index, server) in servers.sorted().enumerated() { group.addTask { (index, await targets(server: server)) } }
            return await group.reduce(into: [(Int, [Target])]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    private func targets(server: DomainName) async -> [Target] {
        func failed(_ error: DNSError) -> [Target] {
            [Target(server: server.text, address: Nameserver(host: server.text, port: resolver.authoritativePort), problem: error)]
        }
        do {
            let addresses = try await resolver.addresses(server).prefix(DNSLimits.addressesPerServerMax)
            guard !addresses.isEmpty else { return failed(DNSError(.noNameservers("the server has no address"), subject: "A \(server)")) }
            return addresses.map { Target(server: server.text, address: Nameserver(host: $0, port: resolver.authoritativePort)) }
        } catch {
            return failed(error)
        }
    }

    private func verdicts(of targets: [Target], name: DomainName, value: String) async -> [ServerVerdict] {
        await withTaskGroup(of: (Int, ServerVerdict).self) { group in
            for (index, target) in targets.enumerated() {
                group.addTask {
                    let outcome = await outcome(at: target, name: name, value: value)
                    return (index, ServerVerdict(server: target.server, address: target.address, outcome: outcome))
                }
            }
            return await group.reduce(into: [(Int, ServerVerdict)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func outcome(at target: Target, name: DomainName, value: String) async -> ServerVerdict.Outcome {
        if let problem = target.problem { return .failed(problem) }
        do {
            let values = try await values(at: target.address, name: name)
            return values.contains(value) ? .present : .absent(others: values)
        } catch {
            if case .unreachable = error.code { return .skipped(error) }
            return .failed(error)
        }
    }

    private func values(at address: Nameserver, name: DomainName) async throws(DNSError) -> [String] {
        switch mode {
        case .recursiveOnly: try await alone(address).txt(name)
        case .authoritative: try await answer(to: Question(name: name, type: .txt), at: address).texts
        }
    }

    /// - Throws: `.notAuthoritative`, too.
    private func answer(to question: Question, at address: Nameserver) async throws(DNSError) -> Answer {
        let answer = try await alone(address).answer(to: question, isRecursionDesired: false)
        guard answer.isAuthoritative else { throw DNSError(.notAuthoritative, subject: "\(question) at \(address)") }
        return answer
    }

    private func alone(_ address: Nameserver) -> DNSResolver {
        DNSResolver(nameservers: [address], timeouts: resolver.timeouts, authoritativePort: resolver.authoritativePort)
    }
}
