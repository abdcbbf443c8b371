internal import Core
internal import DNS
internal import Issuance

/// Looks at everything that may stand in the way of an Ingress's certificates: what the server knows, and the network as it is from here.
struct IngressCheck {
    let facts: CheckFacts
    /// Nil when nobody serves.
    let probe: CheckProbe?
    let resolver: DNSResolver
    let httpPort: Int
    let httpsPort: Int

    /// All findings, by name and then in the order of ``CheckFinding/Subject``.
    func findings() async -> [CheckFinding] {
        var all: [CheckFinding] = []
        for host in facts.hosts {
            let found = host.findings + (await network(host))
            all += CheckFinding.Subject.allCases.flatMap { subject in found.filter { $0.check == subject } }
        }
        return all
    }

    private func network(_ host: CheckFacts.Host) async -> [CheckFinding] {
        var findings: [CheckFinding] = []
        let isWildcard = host.name.hasPrefix("*.")
        if isWildcard {
            findings.append(CheckFinding(host.name, .dns, .skipped, "a wildcard has no address of its own"))
        } else {
            let addresses = await addresses(of: host, &findings)
            findings.append(await reach(host, addresses, isTLS: false))
            if host.wantsTLS { findings.append(await reach(host, addresses, isTLS: true)) }
        }
        if let caa = await caa(host) { findings.append(caa) }
        return findings
    }

    private func addresses(of host: CheckFacts.Host, _ findings: inout [CheckFinding]) async -> [String] {
        if let address = IPAddressText.canonical(host.name) {
            findings.append(CheckFinding(host.name, .dns, .skipped, "it is an address"))
            return [address]
        }
        do {
            let addresses = try await resolver.addresses(DomainName(host.name))
            findings.append(await judge(addresses, host.name))
            return addresses
        } catch {
            findings.append(CheckFinding(host.name, .dns, .bad, "\(error)"))
            return []
        }
    }

    /// Compares with where clients are meant to go, or, where nobody says, with the addresses of this machine.
    private func judge(_ addresses: [String], _ host: String) async -> CheckFinding {
        guard !addresses.isEmpty else { return CheckFinding(host, .dns, .bad, "the name has no address") }
        let found = addresses.joined(separator: ", ")
        let expected = await expectedAddresses()
        if expected.isEmpty {
            let strange = addresses.filter { !LocalAddresses.all.contains($0) }
            let whose = strange.isEmpty ? "this machine" : "whether that is this instance, the ports tell"
            return CheckFinding(host, .dns, .good, "leads to \(found) (\(whose))")
        }
        let strange = addresses.filter { !expected.contains($0) }
        guard strange.isEmpty else {
            return CheckFinding(
                host, .dns, .bad,
                "leads to \(strange.joined(separator: ", ")), which is not in status.loadBalancer (\(facts.addresses.joined(separator: ", ")))"
            )
        }
        return CheckFinding(host, .dns, .good, "leads to \(found), as status.loadBalancer says")
    }

    private func expectedAddresses() async -> Set<String> {
        var expected: Set<String> = []
        for text in facts.addresses {
            if let address = IPAddressText.canonical(text) {
                expected.insert(address)
            } else if let name = try? DomainName(text), let addresses = try? await resolver.addresses(name) {
                expected.formUnion(addresses)
            }
        }
        return expected
    }

    private func reach(_ host: CheckFacts.Host, _ addresses: [String], isTLS: Bool) async -> CheckFinding {
        let subject: CheckFinding.Subject = isTLS ? .https : .http
        guard let probe else {
            return CheckFinding(host.name, subject, .skipped, "not looked at: no server runs that could answer")
        }
        guard !addresses.isEmpty else { return CheckFinding(host.name, subject, .skipped, "not looked at: there is no address") }
        let port = isTLS ? httpsPort : httpPort
        var reached: [String] = []
        for address in addresses.prefix(IngressCheck.addressesMax) {
            let visit = ProbeVisit(host: host.name, address: address, port: port, isTLS: isTLS)
            if let fault = await visit.fault(finding: probe) {
                return CheckFinding(host.name, subject, .bad, "port \(port) of \(address): \(fault)")
            }
            reached.append(address)
        }
        return CheckFinding(host.name, subject, .good, "port \(port) of \(reached.joined(separator: ", ")) reaches this instance")
    }

    private func caa(_ host: CheckFacts.Host) async -> CheckFinding? {
        guard let identities = host.caaIdentities else { return nil }
        guard !identities.isEmpty else {
            return CheckFinding(host.name, .caa, .skipped, "the CA does not say by which name it is known in CAA records")
        }
        guard IPAddressText.canonical(host.name) == nil, let name = try? DNSName(parsing: host.name) else { return nil }
        let request = CAA.Request(
            name: name, identities: identities, accountURL: host.accountURL, validationMethod: host.challengeTypes.first)
        let verdict = await CAA.check(request, with: resolver)
        let status: CheckFinding.Status =
            switch verdict {
            case .allowed: .good
            case .refused, .unknown: .bad
            }
        return CheckFinding(host.name, .caa, status, verdict.description)
    }

    /// Addresses of one name that are visited. A CA takes one or two; more than these would only take time.
    private static let addressesMax = 4
}
