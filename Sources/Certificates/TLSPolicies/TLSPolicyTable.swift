public import Policies
internal import Routing

/// Which TLS policy holds for which host, as of one moment. Immutable; safe to use from every event loop. Built by
/// ``TLSPolicyCompiler``.
public struct TLSPolicyTable: Sendable {
    /// The policies in use. The first is the default.
    public let policies: [TLSPolicy]
    let hosts: HostMap<TLSPolicyEntry>
    /// Whether any of them says something in `Strict-Transport-Security`; while none does, requests need not look for their host's.
    public let sendsHSTS: Bool

    /// A table that has one policy for all.
    public init(default policy: TLSPolicy) {
        self.init(policies: [policy], hosts: HostMap())
    }

    init(policies: [TLSPolicy], hosts: HostMap<TLSPolicyEntry>) {
        precondition(!policies.isEmpty, "a table of TLS policies has no default")
        self.policies = policies
        self.hosts = hosts
        sendsHSTS = policies.contains { $0.hsts != nil }
    }

    /// The place in ``policies`` of a host's policy: that of exactly this host, else of the wildcard above it, else the default. Free of
    /// allocation.
    ///
    /// - Parameter host: an SNI host name or a `Host` field, in any case, with or without a port or a trailing dot.
    public func index(for host: Span<UInt8>) -> Int {
        guard policies.count > 1, let range = RequestHost.range(in: host) else { return 0 }
        let found = hosts.match(host.extracting(range))
        return (found.exact ?? found.wildcard)?.policy ?? 0
    }

    /// ``index(for:)-(Span<UInt8>)`` for a name as text, or for none.
    public func index(for serverName: String?) -> Int {
        guard policies.count > 1, let serverName else { return 0 }
        let bytes = Array(serverName.utf8)
        return index(for: bytes.span)
    }
}

/// The policy of one host pattern.
final class TLSPolicyEntry: HostMapEntry {
    let storedName: [UInt8]
    /// The place of the policy in the table.
    let policy: Int

    init(_ pattern: String, _ policy: Int) {
        storedName = HostPattern.stored(pattern)
        self.policy = policy
    }

    func isStored(as name: Span<UInt8>) -> Bool {
        let stored = storedName
        return HostHash.equal(name, stored: stored.span)
    }
}
