internal import Core
internal import KubernetesAPI

/// Joins the claims on one Secret into one wish. Pure.
///
/// The oldest Ingress that names an issuer decides; one that says nothing follows the default issuer, or joins the decision
/// of the others. Who contradicts the decision is refused alone, and reported.
struct ClaimResolver {
    private(set) var problems: [IngressProblem] = []
    private let secret: NamespacedName

    private init(secret: NamespacedName) { self.secret = secret }

    /// - Parameter claims: All claims on the Secret, at least one, in any order.
    static func resolve(_ secret: NamespacedName, _ claims: [CertificateClaim]) -> (DesiredCertificate, [IngressProblem]) {
        var resolver = ClaimResolver(secret: secret)
        let desired = resolver.resolve(claims.sorted { $0.metadata.precedes($1.metadata) })
        return (desired, resolver.problems)
    }

    private mutating func resolve(_ claims: [CertificateClaim]) -> DesiredCertificate {
        var desired = DesiredCertificate(
            secret: secret, ingresses: claims.map(\.ingress).sorted(), names: .none, wish: .serveOnly)
        guard let issuer = decision(claims) else { return undecided(desired, claims) }
        var firstRefusal: BadConfig?
        var isFirst = true
        for claim in claims {
            do throws(BadConfig) {
                guard let names = try names(of: claim, decided: issuer) else { continue }
                let union = desired.names.union(names)
                guard union.count <= IssuanceLimits.namesPerCertificateMax else {
                    throw BadConfig("\(union.count) names for one certificate, limit \(IssuanceLimits.namesPerCertificateMax)")
                }
                desired.names = union
                if isFirst {
                    desired.options = claim.options
                    desired.labels = claim.metadata.labels
                    isFirst = false
                } else if claim.options != desired.options, claim.options != CertificateOptions() {
                    report(claim, "key and lifetime annotations are ignored: an older Ingress with the same secretName decides them")
                }
            } catch {
                report(claim, error.message)
                firstRefusal = firstRefusal ?? error
                desired.toleratedNames.formUnion(CertificateNames(readable: claim.hosts).all)
            }
        }
        desired.toleratedNames.subtract(desired.names.all)
        if let firstRefusal, desired.names.isEmpty {
            desired.wish = .refused(firstRefusal)
        } else if !desired.names.isEmpty {
            desired.wish = .issue(issuer)
        }
        return desired
    }

    /// The issuer that the oldest claim names, else the default one, else nil when nobody asks.
    private func decision(_ claims: [CertificateClaim]) -> IssuerName? {
        var byDefault: IssuerName?
        for claim in claims {
            switch claim.choice {
            case .named(let issuer): return issuer
            case .byDefault(let issuer): byDefault = issuer
            case .none, .refused: continue
            }
        }
        return byDefault
    }

    /// The names that a claim contributes; nil when it asks for nothing.
    private func names(of claim: CertificateClaim, decided: IssuerName) throws(BadConfig) -> CertificateNames? {
        switch claim.choice {
        case .none: return nil
        case .refused(let badConfig): throw badConfig
        case .named(let issuer) where issuer != decided:
            throw BadConfig("issuer \(issuer) contradicts \(decided), which an older Ingress with the same secretName names")
        case .named, .byDefault: break
        }
        guard !claim.hosts.isEmpty else { return nil }
        guard !secret.name.hasPrefix(RecordName.prefix), !secret.name.hasPrefix(HTTP01TokenSecret.prefix) else {
            throw BadConfig("secretName starts with a prefix that is kept for records of certctl")
        }
        do {
            return try CertificateNames(hosts: claim.hosts)
        } catch {
            throw BadConfig("\(error)")
        }
    }

    /// Nobody asks, or everyone who does contradicts himself.
    private func undecided(_ given: DesiredCertificate, _ claims: [CertificateClaim]) -> DesiredCertificate {
        var desired = given
        for claim in claims {
            if case .refused(let badConfig) = claim.choice, desired.wish == .serveOnly { desired.wish = .refused(badConfig) }
        }
        desired.names = CertificateNames(readable: claims.lazy.flatMap(\.hosts))
        return desired
    }

    private mutating func report(_ claim: CertificateClaim, _ message: String) {
        // The Ingress's own contradiction has been reported once, for all its entries.
        if case .refused = claim.choice { return }
        problems.append(IngressProblem(ingress: claim.ingress.description, secretName: secret.name, message: message))
    }
}
