internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// Whether an issuer can be asked, as far as its object and its Secrets tell. Pure.
struct IssuerCheck {
    let objects: ObjectSet
    let settings: IssuanceSettings

    /// Whether an issuer can be asked.
    enum Verdict: Hashable, Sendable {
        /// It can. The fingerprint changes whenever a new attempt is worth more than the failures of the old ones.
        case ready(fingerprint: String)
        /// It cannot, and this is why.
        case blocked(String)
    }

    /// The ACME directory that an issuer asks today; nil for other issuers and for one that is missing.
    func directory(of name: IssuerName, for desired: DesiredCertificate) -> String? {
        guard case .acme(let spec)? = objects.issuers[name.object(from: desired.secret.namespace)]?.spec else { return nil }
        return spec.server
    }

    /// The verdict about the issuer of one certificate.
    func verdict(on name: IssuerName, for desired: DesiredCertificate) -> Verdict {
        let key = name.object(from: desired.secret.namespace)
        guard let issuer = objects.issuers[key] else {
            return .blocked("\(describe(name, key)) does not exist")
        }
        switch issuer.spec {
        case .selfSigned: return .ready(fingerprint: "selfSigned")
        case .ca(let spec): return ca(spec, key, name)
        case .acme(let spec): return acme(spec, key, name, desired)
        case .unsupported(let kind): return .blocked("\(describe(name, key)) is of kind \(kind), which certctl does not offer")
        }
    }

    private func ca(_ spec: CAIssuerSpec, _ key: NamespacedName, _ name: IssuerName) -> Verdict {
        let secretName = NamespacedName(namespace: settings.resourceNamespace(of: key), name: spec.secretName)
        guard let secret = objects.secrets[secretName] else {
            return .blocked("\(describe(name, key)) is not ready: its Secret \(secretName) does not exist")
        }
        guard let certificate = secret.data[Secret.certificateKey], secret.data[Secret.privateKeyKey] != nil else {
            return .blocked("\(describe(name, key)) is not ready: its Secret \(secretName) lacks tls.crt or tls.key")
        }
        // A new CA certificate is worth a new attempt.
        return .ready(fingerprint: "ca " + Fingerprint.of([String(decoding: certificate, as: UTF8.self)]))
    }

    private func acme(
        _ spec: ACMEIssuerSpec, _ key: NamespacedName, _ name: IssuerName, _ desired: DesiredCertificate
    ) -> Verdict {
        let namespace = settings.resourceNamespace(of: key)
        if let binding = spec.externalAccountBinding {
            let secret = NamespacedName(namespace: namespace, name: binding.keySecretRef.name)
            guard objects.secrets[secret]?.data[binding.keySecretRef.key] != nil else {
                return .blocked(
                    "\(describe(name, key)) is not ready: Secret \(secret) has no \(binding.keySecretRef.key) for the external account")
            }
        }
        if spec.disableAccountKeyGeneration {
            let secret = NamespacedName(namespace: namespace, name: spec.privateKeySecretRef.name)
            guard objects.secrets[secret]?.data[spec.privateKeySecretRef.key] != nil else {
                return .blocked(
                    "\(describe(name, key)) is not ready: Secret \(secret) has no account key, and disableAccountKeyGeneration is set")
            }
        }
        let unsolvable = SolverSelection.unsolvable(desired.names, labels: desired.labels, solvers: spec.solvers)
        guard unsolvable.isEmpty else {
            return .blocked("\(describe(name, key)) cannot prove control of every name: \(ShownText.list(unsolvable, separator: "; "))")
        }
        return .ready(fingerprint: ACMEIssuerFingerprint.of(spec))
    }

    private func describe(_ name: IssuerName, _ key: NamespacedName) -> String { "\(name.kind.rawValue) \(key)" }
}

/// The parts of an ACME issuer whose change makes a new attempt worth more than the failures of the old one.
enum ACMEIssuerFingerprint {
    /// A hash over them.
    static func of(_ spec: ACMEIssuerSpec) -> String {
        Fingerprint.of([
            spec.server, spec.email ?? "", spec.privateKeySecretRef.name, spec.privateKeySecretRef.key,
            spec.caBundle.map { String(decoding: $0, as: UTF8.self) } ?? "", "\(spec.skipTLSVerify)", spec.preferredChain ?? "",
            spec.profile ?? "", spec.externalAccountBinding?.keyID ?? "",
        ])
    }
}
