/// `spec.acme` of an issuer, in cert-manager's shape; ``fallbackIssuerRefs`` is certctl's own.
public struct ACMEIssuerSpec: Hashable, Sendable {
    /// The URL of the CA's directory. RFC 8555 §7.1.1.
    public var server: String
    /// The contact address; nil for none.
    public var email: String?
    /// Where the account key is kept; its key is `tls.key` when absent.
    public var privateKeySecretRef: SecretKeySelector
    /// PEM roots for the connection to the CA, decoded; nil means the system's.
    public var caBundle: [UInt8]?
    /// Whether the CA's certificate goes unchecked. For tests only.
    public var skipTLSVerify: Bool
    /// Common name of a certificate of the wanted chain. RFC 8555 §7.4.2.
    public var preferredChain: String?
    /// The certificate profile. draft-ietf-acme-profiles.
    public var profile: String?
    /// RFC 8555 §7.3.4.
    public var externalAccountBinding: ExternalAccountBinding?
    /// Whether a missing account key is an error instead of being made.
    public var disableAccountKeyGeneration: Bool
    /// Whether `notAfter` is sent in orders.
    public var enableDurationFeature: Bool
    /// The solvers in document order.
    public var solvers: [ACMESolver]
    /// Issuers to turn to, in order, when this one fails.
    public var fallbackIssuerRefs: [IssuerReference]

    /// certctl's own: a directory of the same CA for trials. After repeated failures an order has to succeed there first.
    public var stagingServer: String?
    /// Who says when to renew: `ARI`, also when absent, or something else, which turns RFC 9773 off. cert-manager's field.
    public var renewalInformationSource: String?

    /// Makes a spec from its parts.
    public init(
        server: String, email: String? = nil, privateKeySecretRef: SecretKeySelector, caBundle: [UInt8]? = nil,
        skipTLSVerify: Bool = false, preferredChain: String? = nil, profile: String? = nil,
        externalAccountBinding: ExternalAccountBinding? = nil, disableAccountKeyGeneration: Bool = false,
        enableDurationFeature: Bool = false, solvers: [ACMESolver] = [], fallbackIssuerRefs: [IssuerReference] = [],
        stagingServer: String? = nil, renewalInformationSource: String? = nil
    ) {
        self.server = server
        self.email = email
        self.privateKeySecretRef = privateKeySecretRef
        self.caBundle = caBundle
        self.skipTLSVerify = skipTLSVerify
        self.preferredChain = preferredChain
        self.profile = profile
        self.externalAccountBinding = externalAccountBinding
        self.disableAccountKeyGeneration = disableAccountKeyGeneration
        self.enableDurationFeature = enableDurationFeature
        self.solvers = solvers
        self.fallbackIssuerRefs = fallbackIssuerRefs
        self.stagingServer = stagingServer
        self.renewalInformationSource = renewalInformationSource
    }
}

/// One entry of a Secret.
public struct SecretKeySelector: Hashable, Sendable, Codable {
    /// The Secret's name.
    public var name: String
    /// The entry of its data.
    public var key: String

    /// Makes a selector from its parts.
    public init(name: String, key: String) {
        self.name = name
        self.key = key
    }
}

/// `spec.acme.externalAccountBinding`. The Secret's entry holds the MAC key in base64url. RFC 8555 §7.3.4.
public struct ExternalAccountBinding: Hashable, Sendable {
    /// The key identifier that the CA gave.
    public var keyID: String
    /// Where the MAC key is.
    public var keySecretRef: SecretKeySelector

    /// Makes a binding from its parts.
    public init(keyID: String, keySecretRef: SecretKeySelector) {
        self.keyID = keyID
        self.keySecretRef = keySecretRef
    }
}
