/// One thing that is wrong with a chain of certificates in the eyes of a client with certain roots. RFC 5280 §6.
public struct ChainObjection: Hashable, Sendable {
    /// What it is.
    public enum Reason: Hashable, Sendable {
        /// Its validity has ended.
        case expired
        /// Its validity has not begun.
        case notYetValid
        /// The certificate is signed by itself, and is none of the roots.
        case selfSigned
        /// The chain ends at a root that is not trusted.
        case untrustedRoot
        /// Who signed it is neither in the chain nor among the roots.
        case unknownIssuer
        /// The signature is not the issuer's.
        case badSignature
        /// The key, or the digest under the signature, is too weak.
        case weak
        /// It may not sign certificates, or not so deep a chain, or not for these names.
        case notAllowed
        /// It is not for TLS servers.
        case wrongPurpose
        /// Anything else; see ``ChainObjection/words``.
        case other
    }

    /// What it is.
    public let reason: Reason
    /// How far the certificate that it is about is from the first one, which has 0.
    public let depth: Int
    /// The subject of that certificate, RFC 2253; nil when that is not known.
    public let subject: String?
    /// OpenSSL's words.
    public let words: String

    init(_ reason: Reason, depth: Int = 0, subject: String? = nil, words: String) {
        self.reason = reason
        self.depth = depth
        self.subject = subject
        self.words = words
    }
}
