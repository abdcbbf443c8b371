public import Core
public import KubernetesAPI

/// One Secret that served Ingresses name in `tls`, or a Certificate names, and what they want in it. One per distinct
/// namespace/secretName.
public struct DesiredCertificate: Hashable, Sendable {
    /// What is wanted of us.
    public enum Wish: Hashable, Sendable {
        /// A certificate for ``DesiredCertificate/names`` from this issuer.
        case issue(IssuerName)
        /// Nothing: somebody else provides the Secret.
        case serveOnly
        /// A certificate, but not in a way that can be granted.
        case refused(BadConfig)
    }

    /// The Secret.
    public var secret: NamespacedName
    /// All served Ingresses that name it, sorted.
    public var ingresses: [NamespacedName]
    /// The Certificate that decides, or that cert-manager made for an Ingress which does; nil without one.
    public var certificate: NamespacedName?
    /// The union of the names that are asked for; for ``Wish/serveOnly`` the names that it should cover.
    public var names: CertificateNames
    /// Names of claims that were refused. A certificate that still has them is not re-issued just to lose them, so that a typing
    /// error in one Ingress does not take away what works today.
    public var toleratedNames: Set<String> = []
    /// What is wanted of us.
    public var wish: Wish
    /// Key, lifetime, renewal.
    public var options = CertificateOptions()
    /// The labels of the Ingress that decides, which the issuer's solver selectors look at.
    public var labels: [String: String] = [:]
    /// What the Certificate wants on the Secret beside the certificate.
    public var secretTemplate = CertificateSpec.SecretTemplate()
}

/// A `tls` entry, or a whole Ingress, that does not get what it asks for. Only that object is affected.
public struct IngressProblem: Hashable, Sendable, Codable {
    /// The Ingress, as `namespace/name`.
    public var ingress: String
    /// The Secret that the entry names, when it names one.
    public var secretName: String?
    /// One sentence for an operator.
    public var message: String

    /// cert-manager's event reason for all of them.
    public static let reason = "BadConfig"
}

/// A Certificate that does not get what it asks for. Only that object is affected.
public struct CertificateResourceProblem: Hashable, Sendable, Codable {
    /// Why, in one word.
    public enum Reason: String, Hashable, Sendable, Codable {
        /// It contradicts itself, or asks for what certctl does not offer.
        case badConfig = "BadConfig"
        /// An older Certificate has the same secretName. cert-manager's reason.
        case incorrectCertificate = "IncorrectCertificate"
        /// A field is not followed; a certificate is issued all the same.
        case unsupportedField = "UnsupportedField"
    }

    /// The Certificate, as `namespace/name`.
    public var certificate: String
    /// The Secret that it names.
    public var secretName: String
    /// Why, in one word.
    public var reason: Reason
    /// One sentence for an operator.
    public var message: String
}
