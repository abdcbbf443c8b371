public import FoundationEssentials
public import PKI

/// What is known about the revocation of a certificate.
public struct RevocationVerdict: Hashable, Sendable {
    /// What it comes to.
    public enum Status: Hashable, Sendable {
        /// An authority says that it is not revoked.
        case good
        /// An authority says that it is.
        case revoked(at: Date, reason: RevocationReason?)
        /// Nobody says anything that proves something. Why, in one line.
        case unknown(String)
    }

    /// Where the answer came from.
    public enum Source: Hashable, Sendable {
        /// An OCSP responder.
        case ocsp(url: String)
        /// A revocation list.
        case list(url: String)
    }

    /// What it comes to.
    public let status: Status
    /// Where it came from; nil when nothing is known.
    public let source: Source?
    /// When it is worth asking again.
    public let nextCheck: Date

    /// Makes a verdict.
    public init(_ status: Status, source: Source? = nil, nextCheck: Date) {
        self.status = status
        self.source = source
        self.nextCheck = nextCheck
    }
}
