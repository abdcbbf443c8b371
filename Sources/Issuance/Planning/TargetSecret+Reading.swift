internal import Certificates
internal import Core
internal import KubernetesAPI
internal import PKI

extension TargetSecret {
    /// Describes a Secret as the catalog has judged it.
    init(_ secret: Secret?, verdict: SecretVerdict) {
        switch verdict {
        case .good(let keyPair): self.init(secret, content: .certificate(LeafFacts(keyPair)))
        // The catalog also holds back a pair that is merely out of date; here that is a certificate like any other.
        case .bad, .missing: self.init(reading: secret)
        }
    }

    /// Describes a Secret that was just read, past the catalog.
    init(reading secret: Secret?) {
        guard let secret, let certificate = secret.data[Secret.certificateKey], let key = secret.data[Secret.privateKeyKey] else {
            self.init(secret, content: .empty)
            return
        }
        do throws(PKIError) {
            let keyPair = try TLSKeyPair(certificatePEM: certificate, privateKeyPEM: key)
            self.init(secret, content: .certificate(LeafFacts(keyPair)))
        } catch {
            self.init(secret, content: .unusable("\(error)"))
        }
    }

    private init(_ secret: Secret?, content: Content) {
        guard let secret else {
            self = .absent
            return
        }
        let annotations = secret.metadata.annotations
        self.init(ownership: Ownership(of: secret), content: content)
        if Self.isEmpty(secret) { self.content = .empty }
        if let kind = annotations[ObjectKeys.issuerKindAnnotation].flatMap({ IssuerName.Kind(rawValue: $0) }),
            let name = annotations[ObjectKeys.issuerNameAnnotation]
        {
            issuer = IssuerName(kind: kind, name: name)
        }
        if ownership == .foreign, secret.type == Secret.tlsType, secret.metadata.deletionTimestamp == nil {
            certificateName = annotations[ObjectKeys.certificateNameAnnotation]
        }
        guard ownership == .ours else { return }
        labels = secret.metadata.labels
        self.annotations = annotations
        directory = annotations[ObjectKeys.directoryAnnotation]
        leftOut = LeftOutName.read(annotations[ObjectKeys.leftOutAnnotation])
        renewal = ChosenRenewal(annotation: annotations[ObjectKeys.renewalAnnotation])
        requestedNames = annotations[ObjectKeys.requestedNamesAnnotation].map { Set($0.split(separator: ",").map(String.init)) }
    }

    private static func isEmpty(_ secret: Secret) -> Bool {
        (secret.data[Secret.certificateKey] ?? []).isEmpty && (secret.data[Secret.privateKeyKey] ?? []).isEmpty
    }
}

extension TargetSecret.Ownership {
    /// Whose a Secret is, by its type, labels and annotations.
    init(of secret: Secret) {
        // The type of a Secret cannot be changed (Kubernetes), so one of another type can never become ours.
        guard secret.type == Secret.tlsType, secret.metadata.deletionTimestamp == nil else {
            self = .foreign
            return
        }
        if SecretRole(of: secret) == .certificate {
            self = .ours
        } else if secret.metadata.annotations[ObjectKeys.certificateNameAnnotation] == secret.metadata.name {
            // cert-manager names the Certificate of an Ingress like its Secret.
            self = .certManager
        } else {
            self = .foreign
        }
    }
}
