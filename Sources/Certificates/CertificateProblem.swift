public import Core

/// Something about a certificate that an operator has to know, currently in force.
public struct CertificateProblem: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What is wrong, in a form that metrics and Events can carry.
    public enum Code: String, Hashable, Sendable, Codable {
        /// A `tls` host is not a DNS name; it is ignored.
        case invalidHost = "InvalidHost"
        /// The Secret does not exist. Usual while a certificate is being issued.
        case secretNotFound = "SecretNotFound"
        /// The Secret holds no usable pair; what was in force stays.
        case secretUnusable = "SecretUnusable"
        /// The Secret's new certificate has expired or is not valid yet; the one in force stays.
        case replacementNotValid = "ReplacementNotValid"
        /// The certificate in force has expired; it is served nevertheless.
        case certificateExpired = "CertificateExpired"
        /// The certificate in force is not valid yet; it is served nevertheless.
        case certificateNotYetValid = "CertificateNotYetValid"
        /// The certificate does not have the name of a host that lists it; another certificate or a placeholder is served there.
        case certificateDoesNotCoverHost = "CertificateDoesNotCoverHost"
        /// Two Secrets are named for one host; the older Ingress's is preferred.
        case conflictingSecrets = "ConflictingSecrets"
    }

    /// What is wrong.
    public let code: Code
    /// The Ingress concerned; nil when it is the Secret as such.
    public let ingress: NamespacedName?
    /// The Secret concerned.
    public let secret: NamespacedName?
    /// The host pattern concerned.
    public let host: String?
    /// One line: subject, what happened, got, allowed. Never the content of a Secret.
    public let message: String

    init(_ code: Code, ingress: NamespacedName? = nil, secret: NamespacedName? = nil, host: String? = nil, message: String) {
        self.code = code
        self.ingress = ingress
        self.secret = secret
        self.host = host
        self.message = message
    }

    /// `Code: message`.
    public var description: String { "\(code.rawValue): \(message)" }

    /// Orders by Secret, Ingress, host, code, message.
    public static func < (left: Self, right: Self) -> Bool { left.sortKey < right.sortKey }

    private var sortKey: (String, String, String, String, String) {
        (secret?.description ?? "", ingress?.description ?? "", host ?? "", code.rawValue, message)
    }
}
