internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import PKI

/// What an issuer gave for one Secret.
struct IssuedMaterial: Sendable {
    /// Leaf first, without the root.
    let chainPEM: [UInt8]
    /// The private key.
    let keyPEM: SecretBytes
    /// The CA, when the issuer knows it; never for ACME.
    let caPEM: [UInt8]?
    /// The leaf.
    let leaf: Certificate
    /// The names that it was issued without, with permission.
    var leftOut: [LeftOutName] = []
    /// Signed certificate timestamps in the leaf; nil when nobody looked.
    var timestamps: Int?

    /// Why this must not be written, or nil when it is what was asked for. Without this check a CA that issues something else, or
    /// something that has ended already, would be asked again for ever.
    func refusal(for desired: DesiredCertificate, now: Date) -> String? {
        let permitted = desired.options.allowsPartial ? Set(leftOut.map(\.name)) : []
        let uncovered = LeafFacts(leaf).uncovered(of: desired.names).filter { !permitted.contains($0) }
        if !uncovered.isEmpty { return "the issued certificate does not cover \(ShownText.list(uncovered))" }
        if leaf.notAfter <= now { return "the issued certificate has already expired, at \(leaf.notAfter.formatted(.iso8601))" }
        return nil
    }

    /// The Secret in cert-manager's layout, laid over what is there: labels and annotations of others stay.
    func secret(for desired: DesiredCertificate, issuer: IssuerName, directory: String?, over existing: Secret?) -> Secret {
        var metadata = ObjectMeta(id: desired.secret)
        metadata.labels = existing?.metadata.labels ?? [:]
        metadata.annotations = existing?.metadata.annotations ?? [:]
        metadata.labels.merge(desired.secretTemplate.labels) { $1 }
        metadata.annotations.merge(desired.secretTemplate.annotations) { $1 }
        metadata.labels.merge(SecretRole.certificate.labels) { $1 }
        metadata.labels[ObjectKeys.certManagerFilterLabel] = "true"
        metadata.annotations.merge(annotations(for: desired, issuer: issuer)) { $1 }
        metadata.annotations[ObjectKeys.directoryAnnotation] = directory
        metadata.annotations[RenewalAnnotation.answered] = metadata.annotations[RenewalAnnotation.asked]
        metadata.annotations[ObjectKeys.leftOutAnnotation] = LeftOutName.annotation(leftOut)
        // It was about the certificate before.
        metadata.annotations[ObjectKeys.renewalAnnotation] = nil
        var data = existing?.data ?? [:]
        data[Secret.certificateKey] = chainPEM
        data[Secret.privateKeyKey] = keyPEM.copy()
        data[ObjectKeys.caKey] = caPEM
        return Secret(metadata: metadata, type: Secret.tlsType, data: data)
    }

    private func annotations(for desired: DesiredCertificate, issuer: IssuerName) -> [String: String] {
        [
            ObjectKeys.certificateNameAnnotation: desired.certificate?.name ?? desired.secret.name,
            ObjectKeys.issuerNameAnnotation: issuer.name,
            ObjectKeys.issuerKindAnnotation: issuer.kind.rawValue,
            ObjectKeys.issuerGroupAnnotation: ObjectKeys.issuerGroup,
            ObjectKeys.commonNameAnnotation: leaf.commonName ?? "",
            ObjectKeys.altNamesAnnotation: leaf.dnsNames.joined(separator: ","),
            ObjectKeys.ipSANsAnnotation: leaf.ipAddresses.joined(separator: ","),
            ObjectKeys.uriSANsAnnotation: "",
            ObjectKeys.requestedNamesAnnotation: desired.names.all.joined(separator: ","),
        ]
    }
}
