internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Routing
internal import Store

/// What the served Ingresses want, by Secret. Depends on Ingresses, IngressClasses and settings only, so the controller keeps it
/// while nothing but Secrets change.
struct Wishes: Sendable {
    /// One for each Secret, sorted by name.
    let certificates: [DesiredCertificate]
    /// Sorted by Ingress.
    let problems: [IngressProblem]

    init(objects: ObjectSet, ingressClasses: IngressClassPolicy, defaultIssuer: IssuerName?) {
        var claims: [NamespacedName: [CertificateClaim]] = [:]
        var problems: [IngressProblem] = []
        for ingress in objects.ingresses.values where !ingress.spec.tls.isEmpty {
            guard ingress.metadata.deletionTimestamp == nil, ingressClasses.serves(ingress, classes: objects.ingressClasses) else {
                continue
            }
            let own = CertificateClaim.claims(of: ingress, defaultIssuer: defaultIssuer)
            problems += own.problems
            for (secretName, claim) in own.claims {
                claims[NamespacedName(namespace: ingress.metadata.namespace, name: secretName), default: []].append(claim)
            }
        }
        var certificates: [DesiredCertificate] = []
        certificates.reserveCapacity(claims.count)
        for (secret, claims) in claims {
            let (desired, refusals) = ClaimResolver.resolve(secret, claims)
            certificates.append(desired)
            problems += refusals
        }
        self.certificates = certificates.sorted { $0.secret < $1.secret }
        self.problems = problems.sorted { ($0.ingress, $0.secretName ?? "", $0.message) < ($1.ingress, $1.secretName ?? "", $1.message) }
    }
}
