internal import Core
internal import KubernetesAPI

extension CertificateClaim {
    /// What a Certificate wants.
    ///
    /// An issuer of another group is another controller's: the claim then asks for nothing, and nobody else gets the Secret.
    init(_ certificate: CertificateResource) {
        let spec = certificate.spec
        let metadata = certificate.metadata
        let hosts = spec.dnsNames + spec.ipAddresses + CertificateClaim.commonNameHost(spec)
        var choice = IssuerChoice(spec.issuerRef)
        var options = CertificateOptions()
        if choice.isAsking {
            do throws(BadConfig) {
                options = try CertificateOptions(spec: spec)
                options.allowsPartial = try CertificateOptions.allowsPartial(metadata.annotations)
                try CertificateClaim.check(spec)
            } catch {
                choice = .refused(error)
            }
        }
        self.init(metadata: metadata, choice: choice, options: options, hosts: hosts)
        secretTemplate = spec.secretTemplate
        owningIngress = certificate.owningIngress.map { NamespacedName(namespace: metadata.namespace, name: $0) }
    }

    /// A common name that is a host is one of the names asked for, since RFC 8555 §7.4 and browsers want it among the others.
    private static func commonNameHost(_ spec: CertificateSpec) -> [String] {
        guard let name = spec.commonName, IPAddressText.canonical(name) != nil || (try? DNSName(parsing: name)) != nil else { return [] }
        return [name]
    }

    private static func check(_ spec: CertificateSpec) throws(BadConfig) {
        guard spec.unsupportedFields.isEmpty else {
            throw BadConfig("certctl does not offer \(spec.unsupportedFields.map { "spec." + $0 }.joined(separator: ", "))")
        }
        for key in spec.secretTemplate.annotations.keys.sorted() where ObjectKeys.isReserved(key) {
            throw BadConfig("spec.secretTemplate has annotation \(key), which is not the user's to set")
        }
        for key in spec.secretTemplate.labels.keys.sorted() where ObjectKeys.isReserved(key) {
            throw BadConfig("spec.secretTemplate has label \(key), which is not the user's to set")
        }
    }

    /// Fields of a Certificate that are not followed although it gets a certificate.
    static func remarks(on certificate: CertificateResource) -> [String] {
        let key = certificate.spec.privateKey
        var remarks: [String] = []
        if key.rotationPolicy == "Never" {
            remarks.append("spec.privateKey.rotationPolicy Never is not followed: each certificate gets a key of its own")
        }
        if key.encoding == "PKCS1" {
            remarks.append("spec.privateKey.encoding PKCS1 is not followed: keys are written as PKCS8")
        }
        let others = certificate.spec.usages.filter { !usagesGiven.contains($0) }
        if !others.isEmpty {
            remarks.append(
                "spec.usages: \(ShownText.list(others.sorted())) is up to an ACME CA, and not given by CA and self-signed issuers")
        }
        return remarks
    }

    /// What every certificate gets, in cert-manager's words. RFC 5280 §4.2.1.3 and §4.2.1.12.
    private static let usagesGiven: Set<String> = ["digital signature", "key encipherment", "server auth"]
}

extension IssuerChoice {
    /// Reads `spec.issuerRef` of a Certificate.
    init(_ reference: IssuerReference) {
        self = IssuerChoice.named(reference.name, kind: reference.kind, group: reference.group)
    }
}

extension ObjectKeys {
    /// Whether a label or an annotation belongs to cert-manager or to us, so that no template may set it.
    static func isReserved(_ key: String) -> Bool {
        let prefix = key.prefix { $0 != "/" }
        return key == OwnLabels.managedBy || ["cert-manager.io", "certctl.dev"].contains { prefix == $0 || prefix.hasSuffix("." + $0) }
    }
}
