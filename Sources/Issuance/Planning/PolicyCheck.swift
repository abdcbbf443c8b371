internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import PKI
internal import Policies
internal import Store

/// Whether policies allow a certificate. Pure.
struct PolicyCheck {
    let policies: IssuancePolicySet
    let objects: ObjectSet
    let settings: IssuanceSettings

    /// The decision about a certificate from an issuer.
    func verdict(on desired: DesiredCertificate, from issuer: IssuerName) -> PolicyVerdict {
        policies.verdict(on: intent(desired, from: issuer))
    }

    /// The certificate as policies look at it: what will be asked for, after all that Ingresses, Certificates and the issuer say.
    func intent(_ desired: DesiredCertificate, from issuer: IssuerName) -> CertificateIntent {
        let namespace = desired.secret.namespace
        var intent = CertificateIntent(
            namespace: namespace, namespaceLabels: labels(of: namespace),
            issuer: CertificateIntent.Issuer(kind: issuer.kind.rawValue, name: issuer.name),
            key: CertificateIntent.Key(desired.options.keyAlgorithm ?? CertificateOptions.keyAlgorithmDefault))
        intent.dnsNames = desired.names.dnsNames
        intent.ipAddresses = desired.names.ipAddresses.compactMap { IPAddressText.octets(of: $0) }
        switch objects.issuers[issuer.object(from: namespace)]?.spec {
        case .acme(let spec):
            // The common name is one of the names; the lifetime is asked for only when the issuer says so.
            intent.lifetime = spec.enableDurationFeature ? desired.options.duration : nil
            intent.profile = spec.profile
        case .ca, .selfSigned, .unsupported:
            intent.commonName = desired.options.commonName
            intent.lifetime = desired.options.duration ?? IssuanceLimits.durationDefault
        case nil:
            // Nothing is issued without the issuer; what a Certificate says by itself may be asked about all the same.
            intent.commonName = desired.options.commonName
            intent.lifetime = desired.options.duration
        }
        return intent
    }

    /// The labels of a namespace; nil when they are not known.
    private func labels(of namespace: String) -> [String: String]? {
        if let object = objects.namespaces[NamespacedName(namespace: "", name: namespace)] { return object.labels }
        return settings.impliesNamespaces ? Namespace.labels(of: namespace) : nil
    }
}

extension CertificateIntent.Key {
    init(_ algorithm: KeyAlgorithm) {
        switch algorithm {
        case .rsa(let bits): self.init(.rsa, bits: bits)
        case .ecdsaP256: self.init(.ecdsa, bits: 256)
        case .ecdsaP384: self.init(.ecdsa, bits: 384)
        case .ed25519: self.init(.ed25519, bits: 256)
        }
    }
}
