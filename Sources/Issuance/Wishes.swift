internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Routing
internal import Store

/// What the served Ingresses want, by Secret, kept up to date Ingress by Ingress.
struct Wishes: Sendable {
    private struct Claims {
        let claims: [String: CertificateClaim]
        let problems: [IngressProblem]
    }

    private let ingressClasses: IngressClassPolicy
    private let defaultIssuer: IssuerName?
    /// One for each Secret that a served Ingress names.
    private(set) var certificates: [NamespacedName: DesiredCertificate] = [:]
    private var claims: [NamespacedName: Claims] = [:]
    private var claimants: [NamespacedName: Set<NamespacedName>] = [:]
    private var refusals: [NamespacedName: [IngressProblem]] = [:]

    init(ingressClasses: IngressClassPolicy, defaultIssuer: IssuerName?) {
        self.ingressClasses = ingressClasses
        self.defaultIssuer = defaultIssuer
    }

    /// What does not get what it asks for, sorted by Ingress.
    var problems: [IngressProblem] {
        (claims.values.flatMap(\.problems) + refusals.values.joined()).sorted {
            ($0.ingress, $0.secretName ?? "", $0.message) < ($1.ingress, $1.secretName ?? "", $1.message)
        }
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

    /// Joins the claims on one Secret anew.
    ///
    /// - Returns: whether the wish changed.
    private mutating func resolve(_ secret: NamespacedName) -> Bool {
        let all = (claimants[secret] ?? []).compactMap { claims[$0]?.claims[secret.name] }
        guard !all.isEmpty else {
            claimants[secret] = nil
            refusals[secret] = nil
            return certificates.removeValue(forKey: secret) != nil
        }
        let (desired, problems) = ClaimResolver.resolve(secret, all)
        refusals[secret] = problems.isEmpty ? nil : problems
        guard certificates[secret] != desired else { return false }
        certificates[secret] = desired
        return true
    }
}
