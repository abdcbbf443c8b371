internal import Core
internal import KubernetesAPI
internal import Routing

/// What one Ingress's `tls` sections ask for.
struct TLSClaims {
    /// One host of one section.
    struct Claim: Hashable {
        let rank: IngressRank
        /// nil: the section names no Secret; any certificate that covers the host will do.
        let secret: NamespacedName?
        /// Whether the host stands in the section. A section without hosts claims those of the Ingress's rules, as far as its
        /// certificate covers them, and is not at fault for the others.
        let isExplicit: Bool
    }

    let rank: IngressRank
    /// By host pattern, each in the order of the manifest.
    private(set) var hosts: [String: [Claim]] = [:]
    /// The Secrets that the sections name.
    private(set) var secrets: Set<NamespacedName> = []
    /// Whether the Ingress has no `tls` section that matters.
    var isEmpty: Bool { hosts.isEmpty && secrets.isEmpty && problems.isEmpty }
    /// Hosts that are none.
    private(set) var problems: [CertificateProblem] = []

    init(_ ingress: Ingress) {
        rank = IngressRank(ingress)
        for section in ingress.spec.tls {
            let secret = section.secretName.flatMap { $0.isEmpty ? nil : NamespacedName(namespace: rank.name.namespace, name: $0) }
            if let secret { secrets.insert(secret) }
            for host in section.hosts { claim(host, secret, isExplicit: true) }
            guard section.hosts.isEmpty else { continue }
            for rule in ingress.spec.rules { claim(rule.host ?? "", secret, isExplicit: false) }
        }
    }

    private mutating func claim(_ host: String, _ secret: NamespacedName?, isExplicit: Bool) {
        do {
            let pattern = try HostPattern.parse(host)
            guard pattern != HostPattern.every else { return }
            let claim = Claim(rank: rank, secret: secret, isExplicit: isExplicit)
            if hosts[pattern]?.contains(claim) != true { hosts[pattern, default: []].append(claim) }
        } catch  where isExplicit {
            problems.append(
                CertificateProblem(
                    .invalidHost, ingress: rank.name, secret: secret, host: host, message: "ingress \(rank.name): spec.tls: \(error)"))
        } catch {
            // A bad host of a rule is reported by routing.
        }
    }
}
