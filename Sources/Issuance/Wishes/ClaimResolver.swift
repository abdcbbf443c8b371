internal import Core
internal import FoundationEssentials
internal import KubernetesAPI

/// Joins the claims on one Secret into one wish. Pure.
///
/// A Certificate is an explicit wish and decides alone; of several the oldest. One that cert-manager made for an Ingress is that
/// Ingress's own wish, so that the Ingress decides.
///
/// Among Ingresses the oldest that names an issuer decides; one that says nothing follows the default issuer, or joins the decision
/// of the others. Who contradicts the decision is refused alone, and reported.
struct ClaimResolver {
    private(set) var problems: [IngressProblem] = []
    private(set) var certificateProblems: [CertificateResourceProblem] = []
    private let secret: NamespacedName

    private init(secret: NamespacedName) { self.secret = secret }

    /// What came of the claims on one Secret.
    struct Resolution {
        let desired: DesiredCertificate
        let problems: [IngressProblem]
        let certificateProblems: [CertificateResourceProblem]
    }

    /// - Parameters:
    ///   - claims: The claims of all Ingresses on the Secret, in any order.
    ///   - certificates: Those of all Certificates. There is at least one claim of either sort.
    static func resolve(
        _ secret: NamespacedName, _ claims: [CertificateClaim], certificates: [CertificateClaim] = []
    ) -> Resolution {
        var resolver = ClaimResolver(secret: secret)
        let claims = claims.sorted { $0.metadata.precedes($1.metadata) }
        let desired: DesiredCertificate
        if let certificate = resolver.oldest(certificates) {
            let isMirror = claims.contains { $0.claimant == certificate.owningIngress }
            var decided = isMirror ? resolver.resolve(claims) : resolver.resolve(certificate, claims)
            decided.certificate = certificate.claimant
            desired = decided
        } else {
            desired = resolver.resolve(claims)
        }
        return Resolution(desired: desired, problems: resolver.problems, certificateProblems: resolver.certificateProblems)
    }

    /// The Certificate that counts; the others are reported in cert-manager's words.
    private mutating func oldest(_ certificates: [CertificateClaim]) -> CertificateClaim? {
        let sorted = certificates.sorted { $0.metadata.precedes($1.metadata) }
        guard let oldest = sorted.first else { return nil }
        for other in sorted.dropFirst() {
            certificateProblems.append(
                CertificateResourceProblem(
                    certificate: other.claimant.description, secretName: secret.name, reason: .incorrectCertificate,
                    message: """
                        Secret was issued for "\(oldest.claimant.name)". If this message is not transient, you might have two \
                        conflicting Certificates pointing to the same secret.
                        """))
        }
        return oldest
    }

    /// A Certificate decides; the Ingresses that name its Secret take what it gives.
    private mutating func resolve(_ certificate: CertificateClaim, _ claims: [CertificateClaim]) -> DesiredCertificate {
        var desired = DesiredCertificate(
            secret: secret, ingresses: claims.map(\.claimant).sorted(),
            names: CertificateNames(readable: certificate.hosts), wish: .serveOnly)
        do throws(BadConfig) {
            switch certificate.choice {
            case .refused(let badConfig): throw badConfig
            case .none, .byDefault: break
            case .named(let issuer):
                desired.names = try checkedNames(certificate.hosts)
                desired.wish = .issue(issuer)
                desired.options = certificate.options
                desired.labels = certificate.metadata.labels
                desired.secretTemplate = certificate.secretTemplate
            }
        } catch {
            desired.wish = .refused(error)
            certificateProblems.append(
                CertificateResourceProblem(
                    certificate: certificate.claimant.description, secretName: secret.name, reason: .badConfig, message: error.message))
        }
        let covering = LeafFacts(names: Set(desired.names.all), notBefore: .distantPast, notAfter: .distantFuture)
        for claim in claims where claim.choice.isAsking {
            let uncovered = covering.uncovered(of: CertificateNames(readable: claim.hosts))
            guard !uncovered.isEmpty else { continue }
            report(claim, "Certificate \(certificate.claimant) decides about the Secret and does not have \(ShownText.list(uncovered))")
        }
        return desired
    }

    private func checkedNames(_ hosts: [String]) throws(BadConfig) -> CertificateNames {
        let names = try grantableNames(hosts)
        guard !names.isEmpty else { throw BadConfig("neither dnsNames nor ipAddresses nor a commonName that is a host") }
        guard names.count <= IssuanceLimits.namesPerCertificateMax else {
            throw BadConfig("\(names.count) names for one certificate, limit \(IssuanceLimits.namesPerCertificateMax)")
        }
        return names
    }

    /// Names that may be asked for in this Secret.
    private func grantableNames(_ hosts: [String]) throws(BadConfig) -> CertificateNames {
        guard !([RecordName.prefix] + ChallengeSecret.prefixes).contains(where: { secret.name.hasPrefix($0) }) else {
            throw BadConfig("secretName starts with a prefix that is kept for records of certctl")
        }
        do {
            return try CertificateNames(hosts: hosts)
        } catch {
            throw BadConfig("\(error)")
        }
    }

    private mutating func resolve(_ claims: [CertificateClaim]) -> DesiredCertificate {
        var desired = DesiredCertificate(
            secret: secret, ingresses: claims.map(\.claimant).sorted(), names: .none, wish: .serveOnly)
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
        return try grantableNames(claim.hosts)
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
        problems.append(IngressProblem(ingress: claim.claimant.description, secretName: secret.name, message: message))
    }
}
