internal import Core

/// What the servers say about one TXT value.
public struct PropagationReport: Hashable, Sendable, CustomStringConvertible {
    /// The name whose records were asked for, behind all aliases.
    public let name: DomainName
    /// Its zone; nil when the servers of the zone were not asked.
    public let zone: DomainName?
    /// One for each address asked, in the order of the servers' names.
    public let verdicts: [ServerVerdict]
    /// Why servers could not be asked at all.
    public let problem: DNSError?

    /// Makes a report, for fakes too.
    public init(name: DomainName, zone: DomainName?, verdicts: [ServerVerdict], problem: DNSError?) {
        self.name = name
        self.zone = zone
        self.verdicts = verdicts
        self.problem = problem
    }

    /// Whether every server has the value, each at every address that can be reached from here, and at one at least.
    public var isEverywhere: Bool {
        guard problem == nil, !verdicts.isEmpty else { return false }
        let servers = Dictionary(grouping: verdicts, by: \.server)
        return servers.values.allSatisfy { verdicts in
            verdicts.contains { $0.outcome == .present } && verdicts.allSatisfy { $0.outcome.isNoObjection }
        }
    }

    /// One line: where it is, or who has it not and why.
    public var description: String {
        if let problem { return "\(problem)" }
        if isEverywhere { return "TXT \(name) is at all \(verdicts.count) addresses of its servers" }
        let objections = verdicts.filter { $0.outcome != .present }
        guard !objections.isEmpty else { return "TXT \(name): no server was asked" }
        return "TXT \(name): " + objections.map(\.description).joined(separator: "; ")
    }
}

/// What one server says at one of its addresses.
public struct ServerVerdict: Hashable, Sendable, CustomStringConvertible {
    /// What it says.
    public enum Outcome: Hashable, Sendable {
        /// It has the value.
        case present
        /// It answered without the value; with these instead.
        case absent(others: [String])
        /// It did not answer, or not as a server of the zone.
        case failed(DNSError)
        /// This machine has no way to the address, such as no IPv6; that says nothing about the server.
        case skipped(DNSError)

        var isNoObjection: Bool {
            switch self {
            case .present, .skipped: true
            case .absent, .failed: false
            }
        }
    }

    /// The name of the server, or `recursive`.
    public let server: String
    /// Where it was asked.
    public let address: Nameserver
    /// What it says.
    public let outcome: Outcome

    /// Makes a verdict, for fakes too.
    public init(server: String, address: Nameserver, outcome: Outcome) {
        self.server = server
        self.address = address
        self.outcome = outcome
    }

    /// One line for an operator.
    public var description: String {
        let subject = server == address.host ? "\(address)" : "\(server) (\(address))"
        switch outcome {
        case .present: return "\(subject) has it"
        case .absent(let others) where others.isEmpty: return "\(subject) has no TXT record there yet"
        case .absent(let others):
            let shown = others.prefix(DNSLimits.valuesShownMax).map { "\"\($0.oneLine(bytesMax: 80))\"" }.joined(separator: ", ")
            let rest = others.count > DNSLimits.valuesShownMax ? " and \(others.count - DNSLimits.valuesShownMax) more" : ""
            return "\(subject) has other values: \(shown)\(rest)"
        case .failed(let error): return "\(subject): \(error.code.words)"
        case .skipped(let error): return "\(subject) was not asked: \(error.code.words)"
        }
    }
}
