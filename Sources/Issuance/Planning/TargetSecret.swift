internal import Core
public import FoundationEssentials
internal import KubernetesAPI
public import PKI

/// What the planner knows about the Secret that a certificate lives in.
public struct TargetSecret: Hashable, Sendable {
    /// Whose it is, which decides whether we may write it.
    public enum Ownership: Hashable, Sendable {
        /// There is none.
        case absent
        /// We wrote it.
        case ours
        /// cert-manager wrote it for the same Ingress: its Certificate is named like the Secret.
        case certManager
        /// Anybody else's, a Secret of another type and one that we may not write included. Never written.
        case foreign
    }

    /// What it holds.
    public enum Content: Hashable, Sendable {
        /// Neither a certificate nor a key.
        case empty
        /// Something that cannot be served, with the reason.
        case unusable(String)
        /// A key pair that matches.
        case certificate(LeafFacts)
    }

    /// Whose it is.
    public var ownership: Ownership
    /// What it holds.
    public var content: Content
    /// The issuer that it says it came from.
    public var issuer: IssuerName?
    /// The ACME directory that it came from, when we wrote it.
    public var directory: String?
    /// The names that were asked for, when we wrote it.
    public var requestedNames: Set<String>?
    /// The names that it was issued without, when we wrote it.
    public var leftOut: [LeftOutName] = []
    /// When it is renewed at its CA's suggestion, when we wrote it.
    public var renewal: ChosenRenewal?
    /// Its labels, when we wrote it.
    public var labels: [String: String] = [:]
    /// Its annotations, when we wrote it.
    public var annotations: [String: String] = [:]
    /// The Certificate that cert-manager wrote it for, when it did and the type is right.
    public var certificateName: String?

    /// No Secret.
    public static let absent = TargetSecret(ownership: .absent, content: .empty)

    /// Makes a description.
    public init(
        ownership: Ownership, content: Content, issuer: IssuerName? = nil, directory: String? = nil,
        requestedNames: Set<String>? = nil
    ) {
        self.ownership = ownership
        self.content = content
        self.issuer = issuer
        self.directory = directory
        self.requestedNames = requestedNames
    }

    /// The same with an eye to who wants it: what cert-manager wrote for a Certificate belongs to that Certificate, whatever the
    /// Secret is called.
    func claimed(by desired: DesiredCertificate) -> TargetSecret {
        guard ownership == .foreign, let certificateName, certificateName == desired.certificate?.name else { return self }
        var target = self
        target.ownership = .certManager
        return target
    }

    /// Whether it has all that a template wants on it.
    func carries(_ template: CertificateSpec.SecretTemplate) -> Bool {
        template.labels.allSatisfy { labels[$0.key] == $0.value } && template.annotations.allSatisfy { annotations[$0.key] == $0.value }
    }

    /// Whether a certificate may be written there.
    public var isWritable: Bool { ownership != .foreign }

    /// The certificate, when there is a usable one.
    public var leaf: LeafFacts? {
        if case .certificate(let leaf) = content { leaf } else { nil }
    }
}

/// What the planner needs of a leaf certificate.
public struct LeafFacts: Hashable, Sendable {
    /// DNS names and IP addresses of the subjectAltName, as ``CertificateNames/all`` writes them.
    public var names: Set<String>
    /// Start of the validity.
    public var notBefore: Date
    /// End of the validity.
    public var notAfter: Date
    /// Nil for an algorithm that we do not generate.
    public var keyAlgorithm: KeyAlgorithm?
    /// The certificate itself, for what is only shown; nil for facts made by hand.
    public var certificate: Certificate?
    /// Its SHA-256, lower-case hex, worked out once.
    public var fingerprint: String?
    /// The chain that it came with, for what is only shown; nil when that is not known.
    public var chain: CertificateChain?

    /// Makes facts by hand.
    public init(
        names: Set<String>, notBefore: Date, notAfter: Date, keyAlgorithm: KeyAlgorithm? = .ecdsaP256, certificate: Certificate? = nil
    ) {
        self.names = names
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.keyAlgorithm = keyAlgorithm
        self.certificate = certificate
    }

    /// Takes them from a certificate.
    public init(_ certificate: Certificate) {
        self.init(
            names: Set(certificate.dnsNames.map { $0.lowercased() } + certificate.ipAddresses.compactMap(IPAddressText.canonical)),
            notBefore: certificate.notBefore, notAfter: certificate.notAfter, keyAlgorithm: certificate.keyAlgorithm,
            certificate: certificate)
        fingerprint = certificate.sha256Fingerprint
    }

    /// Takes them from what a Secret holds.
    init(_ keyPair: TLSKeyPair) {
        self.init(keyPair.leaf)
        chain = keyPair.chainRepair
    }

    /// The names that the certificate does not cover, wildcards considered. RFC 6125 §6.4.3.
    public func uncovered(of wanted: CertificateNames) -> [String] {
        wanted.all.filter { !names.contains($0) && !names.contains(Self.wildcard(over: $0)) }
    }

    private static func wildcard(over name: String) -> String {
        guard let dot = name.firstIndex(of: "."), !name.hasPrefix("*.") else { return name }
        return "*" + name[dot...]
    }
}
