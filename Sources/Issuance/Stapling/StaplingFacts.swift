/// How the stapling of OCSP responses goes, in numbers.
public struct StaplingFacts: Hashable, Sendable {
    /// Certificates with a valid response.
    public var stapled = 0
    /// Certificates that name a responder, and have no response yet or no more.
    public var missing = 0
    /// Certificates that are revoked as their responder says.
    public var revoked = 0
    /// Responses that were taken over.
    public var updates: UInt64 = 0
    /// Questions that brought no usable response.
    public var failures: UInt64 = 0

    /// Nothing yet.
    public init() {}
}
