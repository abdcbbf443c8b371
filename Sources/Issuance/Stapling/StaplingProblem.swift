public import Core

/// Why clients may refuse a certificate: it is revoked, or it asks for an OCSP response in each handshake and there is none.
public struct StaplingProblem: Hashable, Sendable, Comparable {
    /// What is wrong, in a form that metrics and Events can carry.
    public enum Code: String, Hashable, Sendable, Codable {
        /// The certificate says "must staple" (RFC 7633), and there is no valid response.
        case stapleMissing = "StapleMissing"
        /// The responder says that the certificate is revoked.
        case revoked = "CertificateRevoked"
    }

    /// The Secret that the certificate is in.
    public let secret: NamespacedName
    /// What is wrong.
    public let code: Code
    /// One line for an operator.
    public let message: String

    /// By Secret.
    public static func < (left: StaplingProblem, right: StaplingProblem) -> Bool {
        (left.secret, left.message) < (right.secret, right.message)
    }
}
