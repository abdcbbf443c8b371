public import Core

/// `cert-manager.io/v1` Certificate: an explicit wish for a certificate in a Secret. Named so as not to be taken for an X.509
/// certificate.
public struct CertificateResource: Hashable, Sendable {
    /// Identity, labels and annotations.
    public var metadata: ObjectMeta
    /// What is asked for.
    public var spec: CertificateSpec
    /// What is written there, by whomever.
    public var status: CertificateStatus
    /// The Ingress that made it (cert-manager's ingress-shim does): the owner reference that is the controller.
    public var owningIngress: String?

    /// Makes a Certificate from its parts.
    public init(
        metadata: ObjectMeta, spec: CertificateSpec, status: CertificateStatus = CertificateStatus(), owningIngress: String? = nil
    ) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
        self.owningIngress = owningIngress
    }

    /// The Secret that it is about, in its own namespace.
    public var secret: NamespacedName { NamespacedName(namespace: metadata.namespace, name: spec.secretName) }
}

/// `spec` of a Certificate. Values are as written, where it is not said otherwise: what they mean is for those who issue.
public struct CertificateSpec: Hashable, Sendable {
    /// `spec.privateKey`.
    public struct PrivateKey: Hashable, Sendable {
        /// `RSA`, `ECDSA` or `Ed25519`; nil when absent.
        public var algorithm: String?
        /// Bits; nil when absent.
        public var size: Int?
        /// `PKCS1` or `PKCS8`; nil when absent.
        public var encoding: String?
        /// `Never` or `Always`; nil when absent.
        public var rotationPolicy: String?

        /// Makes key settings from their parts.
        public init(algorithm: String? = nil, size: Int? = nil, encoding: String? = nil, rotationPolicy: String? = nil) {
            self.algorithm = algorithm
            self.size = size
            self.encoding = encoding
            self.rotationPolicy = rotationPolicy
        }
    }

    /// `spec.secretTemplate`: what is written on the Secret beside the certificate.
    public struct SecretTemplate: Hashable, Sendable {
        /// Annotations of the Secret.
        public var annotations: [String: String]
        /// Labels of the Secret.
        public var labels: [String: String]

        /// Makes a template from its parts.
        public init(annotations: [String: String] = [:], labels: [String: String] = [:]) {
            self.annotations = annotations
            self.labels = labels
        }
    }

    /// The Secret that the certificate goes to.
    public var secretName: String
    /// DNS names, as written.
    public var dnsNames: [String]
    /// IP addresses, as written.
    public var ipAddresses: [String]
    /// The common name, as written; nil when absent or empty.
    public var commonName: String?
    /// Who issues.
    public var issuerRef: IssuerReference
    /// The lifetime to ask for, as Go writes a duration.
    public var duration: String?
    /// How long before its end a certificate is renewed, as Go writes a duration.
    public var renewBefore: String?
    /// The same as a part of the lifetime, in percent.
    public var renewBeforePercentage: Int?
    /// The key.
    public var privateKey: PrivateKey
    /// Key usages, as written; none means cert-manager's default.
    public var usages: [String]
    /// What is written on the Secret beside the certificate.
    public var secretTemplate: SecretTemplate
    /// Fields that ask for what certctl does not offer, such as `keystores`, sorted. A certificate without it would be another
    /// one than asked for.
    public var unsupportedFields: [String]

    /// Makes a spec from its parts.
    public init(
        secretName: String, dnsNames: [String] = [], ipAddresses: [String] = [], commonName: String? = nil, issuerRef: IssuerReference,
        duration: String? = nil, renewBefore: String? = nil, renewBeforePercentage: Int? = nil, privateKey: PrivateKey = PrivateKey(),
        usages: [String] = [], secretTemplate: SecretTemplate = SecretTemplate(), unsupportedFields: [String] = []
    ) {
        self.secretName = secretName
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.commonName = commonName
        self.issuerRef = issuerRef
        self.duration = duration
        self.renewBefore = renewBefore
        self.renewBeforePercentage = renewBeforePercentage
        self.privateKey = privateKey
        self.usages = usages
        self.secretTemplate = secretTemplate
        self.unsupportedFields = unsupportedFields
    }
}
