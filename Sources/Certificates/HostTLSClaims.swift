internal import Core
internal import FoundationEssentials
internal import Routing

/// What every Ingress's `tls` sections say about one host pattern, oldest Ingress first.
struct HostTLSClaims {
    /// Which certificate serves the host, and what is wrong about it.
    struct Decision {
        /// nil: none that is named for the host covers it.
        let credential: Credential?
        /// Whether the host counts as listed at all.
        let isListed: Bool
        let problems: [CertificateProblem]
    }

    private var claims: [TLSClaims.Claim] = []

    var isEmpty: Bool { claims.isEmpty }

    /// Whether a claim names the Secret.
    func names(_ secret: NamespacedName) -> Bool { claims.contains { $0.secret == secret } }

    /// Puts the claims of an Ingress in their place in the queue.
    mutating func insert(_ mine: [TLSClaims.Claim], of rank: IngressRank) {
        claims.insert(contentsOf: mine, at: rank.position(in: claims.lazy.map(\.rank)))
    }

    /// Takes the claims of an Ingress out.
    mutating func remove(_ rank: IngressRank) {
        claims.removeAll { $0.rank == rank }
    }

    /// The first Secret in the queue with a certificate in force that covers the host; else what serves the host already, if it is
    /// valid and came from a namespace that still lists the host.
    ///
    /// - Parameter inForce: what serves the host so far.
    func decide(_ host: String, secrets: [NamespacedName: SecretState], inForce: Credential?, now: Date) -> Decision {
        let named = claims.lazy.compactMap { $0.secret.flatMap { secrets[$0]?.inForce } }.first { $0.covers(host) }
        let credential = named ?? inForce.flatMap { mayStay($0, host, now) ? $0 : nil }
        return Decision(
            credential: credential, isListed: credential != nil || claims.contains(where: \.isExplicit),
            problems: problems(host, secrets))
    }

    private func mayStay(_ credential: Credential, _ host: String, _ now: Date) -> Bool {
        credential.covers(host) && credential.keyPair.isValid(at: now)
            && claims.contains { $0.rank.name.namespace == credential.secret?.namespace }
    }

    private func problems(_ host: String, _ secrets: [NamespacedName: SecretState]) -> [CertificateProblem] {
        var problems: [CertificateProblem] = []
        let explicit = claims.filter(\.isExplicit)
        let winner = explicit.first { $0.secret != nil }
        for claim in explicit {
            guard let secret = claim.secret else { continue }
            let ingress = claim.rank.name
            if let leaf = secrets[secret]?.inForce, !leaf.covers(host) {
                problems.append(
                    CertificateProblem(
                        .certificateDoesNotCoverHost, ingress: ingress, secret: secret, host: host,
                        message: "ingress \(ingress): the certificate in secret \(secret) does not cover \(host)"))
            }
            if let winner, let preferred = winner.secret, preferred != secret {
                problems.append(
                    CertificateProblem(
                        .conflictingSecrets, ingress: ingress, secret: secret, host: host,
                        message:
                            "ingress \(ingress): secret \(secret) for \(host) yields to secret \(preferred) of ingress \(winner.rank.name)")
                )
            }
        }
        return problems
    }
}
