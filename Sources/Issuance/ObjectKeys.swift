/// Labels, annotations and data keys that this module reads or writes on Kubernetes objects.
enum ObjectKeys {
    /// cert-manager's own cache filter; its tools list Secrets by it.
    static let certManagerFilterLabel = "controller.cert-manager.io/fao"

    /// `namespace/name` of the Secret that a record or a challenge belongs to.
    static let targetAnnotation = "certctl.dev/secret"
    /// The names that were asked for, sorted, joined by commas. What the CA made of them may differ.
    static let requestedNamesAnnotation = "certctl.dev/requested-names"
    /// The ACME directory that a certificate or an account came from.
    static let directoryAnnotation = "certctl.dev/acme-directory"
    /// The account URL that the CA gave for the key in the same Secret. RFC 8555 §7.3.
    static let accountURLAnnotation = "certctl.dev/acme-account-url"

    /// cert-manager's choice of issuer on an Ingress.
    static let issuerAnnotation = "cert-manager.io/issuer"
    /// As ``issuerAnnotation``, without a namespace.
    static let clusterIssuerAnnotation = "cert-manager.io/cluster-issuer"
    /// Kind and group of an issuer of somebody else's.
    static let issuerKindOnIngressAnnotation = "cert-manager.io/issuer-kind"
    /// See ``issuerKindOnIngressAnnotation``.
    static let issuerGroupAnnotation = "cert-manager.io/issuer-group"
    /// `"true"`: a certificate from the default issuer. kube-lego's annotation, which cert-manager and others kept.
    static let tlsACMEAnnotation = "kubernetes.io/tls-acme"
    /// RSA, ECDSA or Ed25519.
    static let keyAlgorithmAnnotation = "cert-manager.io/private-key-algorithm"
    /// Bits.
    static let keySizeAnnotation = "cert-manager.io/private-key-size"
    /// Lifetime, as Go writes a duration.
    static let durationAnnotation = "cert-manager.io/duration"
    /// How long before the end to renew, as Go writes a duration.
    static let renewBeforeAnnotation = "cert-manager.io/renew-before"

    /// `"true"` on an Ingress or a Certificate: rather a certificate without a name that cannot be proved than none.
    static let partialAnnotation = "certctl.dev/partial"
    /// On an issued Secret: the names that it lacks, with the reasons, in JSON.
    static let leftOutAnnotation = "certctl.dev/left-out"
    /// On an issued Secret: when it is renewed at its CA's suggestion, in JSON. RFC 9773.
    static let renewalAnnotation = "certctl.dev/renewal"
    /// On an issuer: the directory for trials, where the spec has none.
    static let stagingServerAnnotation = "certctl.dev/staging-server"

    /// On an issued Secret: cert-manager's Certificate, which for an Ingress is named like the Secret.
    static let certificateNameAnnotation = "cert-manager.io/certificate-name"
    /// On an issued Secret: the issuer's name.
    static let issuerNameAnnotation = "cert-manager.io/issuer-name"
    /// On an issued Secret: the issuer's kind.
    static let issuerKindAnnotation = "cert-manager.io/issuer-kind"
    /// The group of our issuers.
    static let issuerGroup = "cert-manager.io"
    /// On an issued Secret: what the certificate says, not what was asked.
    static let commonNameAnnotation = "cert-manager.io/common-name"
    /// See ``commonNameAnnotation``.
    static let altNamesAnnotation = "cert-manager.io/alt-names"
    /// See ``commonNameAnnotation``.
    static let ipSANsAnnotation = "cert-manager.io/ip-sans"
    /// Written empty, as cert-manager does.
    static let uriSANsAnnotation = "cert-manager.io/uri-sans"

    /// The issuing CA, only when the issuer knows it.
    static let caKey = "ca.crt"
    /// Parts of an http-01 challenge.
    static let tokenKey = "token"
    /// See ``tokenKey``.
    static let keyAuthorizationKey = "key-authorization"
    /// See ``tokenKey``.
    static let identifierKey = "identifier"
}
