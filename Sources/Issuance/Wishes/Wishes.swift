internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Routing
internal import Store

/// What the served Ingresses and the Certificates want, by Secret, kept up to date object by object.
struct Wishes: Sendable {
    private struct Claims {
        let claims: [String: CertificateClaim]
        let problems: [IngressProblem]
    }

    private struct ExplicitClaim {
        let claim: CertificateClaim
        let secret: NamespacedName
        let remarks: [CertificateResourceProblem]
    }

    private struct Refusals {
        let ingresses: [IngressProblem]
        let certificates: [CertificateResourceProblem]
    }

    private let ingressClasses: IngressClassPolicy
    private let defaultIssuer: IssuerName?
    /// One for each Secret that a served Ingress or a Certificate names.
    private(set) var certificates: [NamespacedName: DesiredCertificate] = [:]
    private var claims: [NamespacedName: Claims] = [:]
    private var explicitClaims: [NamespacedName: ExplicitClaim] = [:]
    private var claimants: [NamespacedName: Set<NamespacedName>] = [:]
    private var explicitClaimants: [NamespacedName: Set<NamespacedName>] = [:]
    private var refusals: [NamespacedName: Refusals] = [:]

    init(ingressClasses: IngressClassPolicy, settings: IssuanceSettings) {
        self.ingressClasses = ingressClasses
        defaultIssuer = settings.defaultIssuer
    }

    /// What does not get what it asks for, sorted by Ingress.
    var problems: [IngressProblem] {
        (claims.values.flatMap(\.problems) + refusals.values.flatMap(\.ingresses)).sorted {
            ($0.ingress, $0.secretName ?? "", $0.message) < ($1.ingress, $1.secretName ?? "", $1.message)
        }
    }

    /// Certificates that do not get what they ask for, sorted.
    var certificateProblems: [CertificateResourceProblem] {
        (explicitClaims.values.flatMap(\.remarks) + refusals.values.flatMap(\.certificates)).sorted {
            ($0.certificate, $0.message) < ($1.certificate, $1.message)
        }
    }

    /// Whether an Ingress is ours to serve.
    func serves(_ ingress: Ingress, in objects: ObjectSet) -> Bool {
        ingressClasses.serves(ingress, classes: objects.ingressClasses)
    }

    /// Takes in what changed.
    ///
    /// - Returns: the Secrets about which the wish is new, different or gone.
    mutating func apply(_ objects: ObjectSet, _ changed: ChangeSet) -> Set<NamespacedName> {
        var touched: Set<NamespacedName> = []
        if changed.isEverything || !changed.ingressClasses.isEmpty {
            for ingress in Set(claims.keys).union(objects.ingresses.keys) { review(ingress, objects, &touched) }
        } else {
            for ingress in changed.ingresses { review(ingress, objects, &touched) }
        }
        let concerned = changed.isEverything ? Set(explicitClaims.keys).union(objects.certificates.keys) : changed.certificates
        for certificate in concerned { reviewExplicit(certificate, objects, &touched) }
        return touched.filter { resolve($0) }
    }

    /// Replaces the claims of one Ingress.
    private mutating func review(_ name: NamespacedName, _ objects: ObjectSet, _ touched: inout Set<NamespacedName>) {
        for secretName in claims.removeValue(forKey: name)?.claims.keys ?? [:].keys {
            let secret = NamespacedName(namespace: name.namespace, name: secretName)
            claimants[secret]?.remove(name)
            touched.insert(secret)
        }
        guard let ingress = objects.ingresses[name], !ingress.spec.tls.isEmpty, ingress.metadata.deletionTimestamp == nil,
            ingressClasses.serves(ingress, classes: objects.ingressClasses)
        else { return }
        let own = CertificateClaim.claims(of: ingress, defaultIssuer: defaultIssuer)
        claims[name] = Claims(claims: own.claims, problems: own.problems)
        for secretName in own.claims.keys {
            let secret = NamespacedName(namespace: name.namespace, name: secretName)
            claimants[secret, default: []].insert(name)
            touched.insert(secret)
        }
    }

    /// Replaces the claim of one Certificate.
    private mutating func reviewExplicit(_ name: NamespacedName, _ objects: ObjectSet, _ touched: inout Set<NamespacedName>) {
        if let former = explicitClaims.removeValue(forKey: name) {
            explicitClaimants[former.secret]?.remove(name)
            touched.insert(former.secret)
        }
        guard let certificate = objects.certificates[name], certificate.metadata.deletionTimestamp == nil,
            ingressClasses.namespaces.isEmpty || ingressClasses.namespaces.contains(name.namespace)
        else { return }
        let claim = CertificateClaim(certificate)
        let remarks = claim.choice.isAsking ? CertificateClaim.remarks(on: certificate) : []
        explicitClaims[name] = ExplicitClaim(
            claim: claim, secret: certificate.secret,
            remarks: remarks.map {
                CertificateResourceProblem(
                    certificate: name.description, secretName: certificate.spec.secretName, reason: .unsupportedField, message: $0)
            })
        explicitClaimants[certificate.secret, default: []].insert(name)
        touched.insert(certificate.secret)
    }

    /// Joins the claims on one Secret anew.
    ///
    /// - Returns: whether the wish changed.
    private mutating func resolve(_ secret: NamespacedName) -> Bool {
        let all = (claimants[secret] ?? []).compactMap { claims[$0]?.claims[secret.name] }
        let explicit = (explicitClaimants[secret] ?? []).compactMap { explicitClaims[$0]?.claim }
        if all.isEmpty { claimants[secret] = nil }
        if explicit.isEmpty { explicitClaimants[secret] = nil }
        guard !all.isEmpty || !explicit.isEmpty else {
            refusals[secret] = nil
            return certificates.removeValue(forKey: secret) != nil
        }
        let resolution = ClaimResolver.resolve(secret, all, certificates: explicit)
        let isClean = resolution.problems.isEmpty && resolution.certificateProblems.isEmpty
        refusals[secret] = isClean ? nil : Refusals(ingresses: resolution.problems, certificates: resolution.certificateProblems)
        guard certificates[secret] != resolution.desired else { return false }
        certificates[secret] = resolution.desired
        return true
    }
}
