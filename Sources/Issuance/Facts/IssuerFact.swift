public import Core

/// What is known about an issuer that certctl offers: what its `Ready` condition says.
public struct IssuerFact: Hashable, Sendable {
    /// Whether it can issue.
    public enum Readiness: Hashable, Sendable {
        /// The CA has an account of ours under this URL, with this contact address. RFC 8555 §7.3.
        case accountRegistered(url: String, email: String?)
        /// There is no account to be had, in the CA's words.
        case accountFailed(String)
        /// Nobody has asked the CA yet.
        case unknown
        /// The CA's key pair is there and can sign.
        case keyPairVerified
        /// It is not there.
        case keyPairMissing(String)
        /// It cannot sign.
        case keyPairInvalid(String)
        /// Needs nothing.
        case ready
    }

    /// The object; a ClusterIssuer has an empty namespace.
    public let issuer: NamespacedName
    /// Whether it can issue.
    public let readiness: Readiness

    /// Makes a fact.
    public init(issuer: NamespacedName, readiness: Readiness) {
        self.issuer = issuer
        self.readiness = readiness
    }
}
