internal import Core
internal import FoundationEssentials
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
        /// It cannot, and this is why; and what to do about it.
        case blocked(String, advice: String)
    }

    /// Who a certificate may come from: the issuer, then its fallbacks.
    func origins(of name: IssuerName, for desired: DesiredCertificate) -> [CertificateOrigin] {
        ([name] + fallbacks(of: name, for: desired)).map {
            CertificateOrigin($0, objects.issuers[$0.object(from: desired.secret.namespace)])
        }
    }

    /// Who can be asked, in this order; empty when the issuer itself cannot.
    func candidates(for name: IssuerName, _ desired: DesiredCertificate) -> [CandidateIssuer] {
        guard case .ready = verdict(on: name, for: desired) else { return [] }
        return ([name] + fallbacks(of: name, for: desired)).compactMap { name in
            guard case .ready = verdict(on: name, for: desired),
                let issuer = objects.issuers[name.object(from: desired.secret.namespace)]
            else { return nil }
            return CandidateIssuer(name: name, issuer: issuer)
        }
    }

    /// `fallbackIssuerRefs`, those of our own group. Fallbacks of fallbacks are not followed, so there are no circles.
    private func fallbacks(of name: IssuerName, for desired: DesiredCertificate) -> [IssuerName] {
        guard case .acme(let spec)? = objects.issuers[name.object(from: desired.secret.namespace)]?.spec else { return [] }
        var names: [IssuerName] = []
        for reference in spec.fallbackIssuerRefs where reference.group == ObjectKeys.issuerGroup {
            guard let kind = IssuerName.Kind(rawValue: reference.kind) else { continue }
            let fallback = IssuerName(kind: kind, name: reference.name)
            // A ClusterIssuer has no namespace in which an Issuer could be meant other than that of the certificate.
            if fallback != name, !names.contains(fallback) { names.append(fallback) }
        }
        return names
    }

    /// The order that a certificate would need; nil when its issuer is no ACME CA.
    func plannedOrder(from name: IssuerName, for desired: DesiredCertificate, target: TargetSecret) -> PlannedOrder? {
        let key = name.object(from: desired.secret.namespace)
        guard case .acme(let spec)? = objects.issuers[key]?.spec else { return nil }
        return PlannedOrder(spec, issuer: key, settings: settings, desired: desired, target: target)
    }

    /// The verdict about the issuer of one certificate.
    func verdict(on name: IssuerName, for desired: DesiredCertificate) -> Verdict {
        let key = name.object(from: desired.secret.namespace)
        guard let issuer = objects.issuers[key] else {
            return .blocked(
                "\(describe(name, key)) does not exist",
                advice: "create \(describe(name, key)), or name another issuer for Secret \(desired.secret)")
        }
        switch issuer.spec {
        case .selfSigned: return .ready(fingerprint: "selfSigned")
        case .ca(let spec): return ca(spec, key, name)
        case .acme(let spec): return acme(spec, key, name, desired)
        case .unsupported(let kind):
            return .blocked(
                "\(describe(name, key)) is of kind \(kind), which certctl does not offer",
                advice: "make \(describe(name, key)) one of acme, ca and selfSigned, or name another issuer for Secret \(desired.secret)")
        }
    }

    private func ca(_ spec: CAIssuerSpec, _ key: NamespacedName, _ name: IssuerName) -> Verdict {
        let secretName = NamespacedName(namespace: settings.resourceNamespace(of: key), name: spec.secretName)
        guard let secret = objects.secrets[secretName] else {
            return .blocked(
                "\(describe(name, key)) is not ready: its Secret \(secretName) does not exist",
                advice: NextStep.create(secretName, keys: [Secret.certificateKey, Secret.privateKeyKey]))
        }
        guard let certificate = secret.data[Secret.certificateKey], secret.data[Secret.privateKeyKey] != nil else {
            return .blocked(
                "\(describe(name, key)) is not ready: its Secret \(secretName) lacks tls.crt or tls.key",
                advice: "put the certificate and the key of the CA into tls.crt and tls.key of Secret \(secretName)")
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
                    "\(describe(name, key)) is not ready: Secret \(secret) has no \(binding.keySecretRef.key) for the external account",
                    advice: NextStep.create(secret, keys: [binding.keySecretRef.key]))
            }
        }
        if spec.disableAccountKeyGeneration {
            let secret = NamespacedName(namespace: namespace, name: spec.privateKeySecretRef.name)
            guard objects.secrets[secret]?.data[spec.privateKeySecretRef.key] != nil else {
                return .blocked(
                    "\(describe(name, key)) is not ready: Secret \(secret) has no account key, and disableAccountKeyGeneration is set",
                    advice: NextStep.create(secret, keys: [spec.privateKeySecretRef.key]))
            }
        }
        let unsolvable = SolverSelection(solvers: spec.solvers, labels: desired.labels, answersTLSALPN01: settings.answersTLSALPN01)
            .unsolvable(desired.names)
        guard unsolvable.isEmpty else {
            return .blocked(
                "\(describe(name, key)) cannot prove control of every name: \(ShownText.list(unsolvable, separator: "; "))",
                advice: "give \(describe(name, key)) a solver in spec.acme.solvers for them; a wildcard needs dns01")
        }
        return .ready(fingerprint: fingerprint(spec, desired))
    }

    /// A fallback that was added or repaired, and a solver of dns-01 that was, is worth a new attempt.
    private func fingerprint(_ spec: ACMEIssuerSpec, _ desired: DesiredCertificate) -> String {
        let own = ACMEIssuerFingerprint.of(spec)
        let fallbacks = spec.fallbackIssuerRefs.compactMap { reference -> String? in
            guard let kind = IssuerName.Kind(rawValue: reference.kind),
                case .acme(let other)? = objects.issuers[
                    IssuerName(kind: kind, name: reference.name).object(from: desired.secret.namespace)]?.spec
            else { return nil }
            return ACMEIssuerFingerprint.of(other)
        }
        let solvers = spec.solvers.compactMap { solver -> String? in
            guard case .dns01(let settings) = solver.challenge else { return nil }
            return (try? RecordJSON.encoder.encode(settings)).map { String(decoding: $0, as: UTF8.self) }
        }
        return fallbacks.isEmpty && solvers.isEmpty ? own : Fingerprint.of([own] + fallbacks + solvers)
    }

    private func describe(_ name: IssuerName, _ key: NamespacedName) -> String { "\(name.kind.rawValue) \(key)" }
}

/// An issuer that can be asked.
struct CandidateIssuer: Sendable {
    let name: IssuerName
    let issuer: Issuer

    var directory: String? {
        if case .acme(let spec) = issuer.spec { spec.server } else { nil }
    }

    var origin: CertificateOrigin { CertificateOrigin(name, issuer) }

    /// The issuer at its CA's directory for trials: with an account of its own, since a key that is known at both is of no harm, but a
    /// record of an account is of one CA. Nil when it names none.
    var rehearsal: (issuer: NamespacedName, spec: ACMEIssuerSpec)? { issuer.rehearsal }
}

extension Issuer {
    /// See ``CandidateIssuer/rehearsal``.
    var rehearsal: (issuer: NamespacedName, spec: ACMEIssuerSpec)? {
        guard case .acme(var spec) = spec,
            let server = spec.stagingServer ?? metadata.annotations[ObjectKeys.stagingServerAnnotation], server != spec.server
        else { return nil }
        spec.server = server
        spec.privateKeySecretRef.name += "-staging"
        spec.externalAccountBinding = nil
        spec.disableAccountKeyGeneration = false
        spec.preferredChain = nil
        // No object can have this name.
        return (NamespacedName(namespace: metadata.namespace, name: metadata.name + ":staging"), spec)
    }
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
