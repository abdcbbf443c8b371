/// `cert-manager.io/v1` Issuer or ClusterIssuer.
public struct Issuer: Hashable, Sendable {
    /// Which of the two kinds it is.
    public enum Scope: Hashable, Sendable {
        /// ClusterIssuer: for Ingresses of every namespace.
        case cluster
        /// Issuer: for Ingresses of its own namespace.
        case namespaced
    }

    /// How certificates are obtained: exactly one member of `spec`.
    public enum Spec: Hashable, Sendable {
        /// From an ACME CA.
        case acme(ACMEIssuerSpec)
        /// From a key pair in a Secret.
        case ca(CAIssuerSpec)
        /// Each certificate signs itself.
        case selfSigned(SelfSignedIssuerSpec)
        /// `vault`, `venafi` or whatever the member is called.
        case unsupported(kind: String)
    }

    /// Identity, labels and annotations; the namespace of a ClusterIssuer is empty.
    public var metadata: ObjectMeta
    /// ClusterIssuer or Issuer.
    public var scope: Scope
    /// How certificates are obtained.
    public var spec: Spec
    /// What is written there, by whomever.
    public var status: IssuerStatus

    /// Makes an issuer from its parts.
    public init(metadata: ObjectMeta, scope: Scope, spec: Spec, status: IssuerStatus = IssuerStatus()) {
        self.metadata = metadata
        self.scope = scope
        self.spec = spec
        self.status = status
    }

    /// The kind's name in a manifest.
    public var kind: ObjectKind { scope == .cluster ? .clusterIssuer : .issuer }
}

/// `spec.ca`.
public struct CAIssuerSpec: Hashable, Sendable {
    /// The `kubernetes.io/tls` Secret with the CA's certificate and key.
    public var secretName: String
    /// URLs for the CRL distribution point extension.
    public var crlDistributionPoints: [String]
    /// URLs for the OCSP entry of the authority information access extension.
    public var ocspServers: [String]
    /// URLs for the CA issuers entry of the authority information access extension.
    public var issuingCertificateURLs: [String]

    /// Makes a spec from its parts.
    public init(
        secretName: String, crlDistributionPoints: [String] = [], ocspServers: [String] = [], issuingCertificateURLs: [String] = []
    ) {
        self.secretName = secretName
        self.crlDistributionPoints = crlDistributionPoints
        self.ocspServers = ocspServers
        self.issuingCertificateURLs = issuingCertificateURLs
    }
}

/// `spec.selfSigned`.
public struct SelfSignedIssuerSpec: Hashable, Sendable {
    /// URLs for the CRL distribution point extension.
    public var crlDistributionPoints: [String]

    /// Makes a spec from its parts.
    public init(crlDistributionPoints: [String] = []) {
        self.crlDistributionPoints = crlDistributionPoints
    }
}

/// A reference to an Issuer or ClusterIssuer.
public struct IssuerReference: Hashable, Sendable {
    /// `Issuer` (also when absent), `ClusterIssuer` or a kind of another group.
    public var kind: String
    /// The issuer's name.
    public var name: String
    /// The API group; `cert-manager.io` when absent.
    public var group: String

    /// Makes a reference from its parts.
    public init(kind: String = "Issuer", name: String, group: String = "cert-manager.io") {
        self.kind = kind
        self.name = name
        self.group = group
    }
}
