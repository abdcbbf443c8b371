public import FoundationEssentials

/// What a replica gives to visitors in place of the certificate that is stored.
public struct ServedCertificate: Codable, Hashable, Sendable {
    /// Which replica, as the list of replicas names it.
    public var replica: String
    /// SHA-256 of what it serves, lower-case hex; nil when that is a self-signed placeholder.
    public var fingerprint: String?
    /// Since when this has been so, as far as the process that reports it has seen.
    public var since: Date

    /// Makes one.
    public init(replica: String, fingerprint: String?, since: Date) {
        self.replica = replica
        self.fingerprint = fingerprint
        self.since = since
    }
}
