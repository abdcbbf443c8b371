internal import ACME
internal import Core
internal import KubernetesAPI

/// Which of an issuer's solvers prove control of a name: cert-manager's selector rules.
///
/// A solver must match every given part of its selector. An exact name beats a zone, the zone with more labels beats the one with
/// fewer, then more matching labels of the Ingress win, then the first in the list. A solver without a selector comes last. As in
/// cert-manager the first one whose challenge the CA offers is taken: for a wildcard that is dns-01 or dns-persist-01 (RFC 8555 §8.4), for
/// an address http-01 or tls-alpn-01 (RFC 8738 §7).
///
/// An issuer without any solver gets http-01, and tls-alpn-01 when that fails: the proxy answers both without any setting.
struct SolverSelection {
    let solvers: [ACMESolver]
    /// The labels of the Ingress.
    let labels: [String: String]
    /// ``IssuanceSettings/answersTLSALPN01``.
    var answersTLSALPN01 = true

    /// The names that no solver can prove, each with the reason; empty when the issuer will do.
    func unsolvable(_ names: CertificateNames) -> [String] {
        names.all.compactMap { name in refusal(name).map { "\(name) \($0)" } }
    }

    /// The challenges for a name, the preferred first; empty when there is none.
    ///
    /// - Parameter name: a DNS name in lower case, with `*.` for a wildcard, or a canonical address.
    func challengeTypes(for name: String) -> [ChallengeType] {
        guard !solvers.isEmpty else { return [.http01, .tlsALPN01].filter { suits($0, name) } }
        var types: [ChallengeType] = []
        for candidate in candidates(for: name) {
            if let type = candidate.type, suits(type, name), !types.contains(type) { types.append(type) }
        }
        return types
    }

    /// The solver that answers a challenge of this type for a name; nil where the proxy answers without one.
    func solver(of type: ChallengeType, for name: String) -> ACMESolver? { candidates(for: name).first { $0.type == type } }

    private func refusal(_ name: String) -> String? {
        guard challengeTypes(for: name).isEmpty else { return nil }
        let isWildcard = name.hasPrefix("*.")
        guard !solvers.isEmpty else { return "is a wildcard and needs dns-01 or dns-persist-01, and the issuer has no solvers" }
        guard let first = candidates(for: name).first else { return "matches no solver of the issuer" }
        switch first.challenge {
        case .unsupported(let kind): return "has a solver of an unknown kind (\(kind))"
        default: break
        }
        let word = first.type?.rawValue ?? ""
        if !isWildcard, !answersTLSALPN01, first.type == .tlsALPN01 {
            return "is proved by tls-alpn-01, which this process does not answer: let it listen where port 443 of the host leads"
                + " (--https ADDRESS:PORT), or start certctl serve"
        }
        if isWildcard { return "is a wildcard and needs dns-01 or dns-persist-01; its solver is \(word)" }
        return "is an address and needs http-01 or tls-alpn-01; its solver is \(word)"
    }

    /// What CAs offer for a kind of name.
    private func suits(_ type: ChallengeType, _ name: String) -> Bool {
        switch type {
        case .http01: !name.hasPrefix("*.")
        case .tlsALPN01: !name.hasPrefix("*.") && answersTLSALPN01
        case .dns01, .dnsPersist01: IPAddressText.canonical(name) == nil
        }
    }

    /// All solvers that match, the best first.
    private func candidates(for name: String) -> [ACMESolver] {
        let ranked = solvers.enumerated().compactMap { index, solver in
            rank(of: solver, name: name).map { (rank: $0, index: index, solver: solver) }
        }
        return ranked.sorted { $0.rank == $1.rank ? $0.index < $1.index : $0.rank > $1.rank }.map(\.solver)
    }

    private func rank(of solver: ACMESolver, name: String) -> Rank? {
        guard let selector = solver.selector, !selector.isEmpty else { return Rank(isExact: false, zoneLabels: -1, matchLabels: -1) }
        guard selector.matchLabels.allSatisfy({ labels[$0.key] == $0.value }) else { return nil }
        let isExact = selector.dnsNames.contains { $0.lowercased() == name }
        let bare = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
        let zones = selector.dnsZones.map { $0.lowercased() }.filter { bare == $0 || bare.hasSuffix("." + $0) }
        let asksNames = !selector.dnsNames.isEmpty || !selector.dnsZones.isEmpty
        guard !asksNames || isExact || !zones.isEmpty else { return nil }
        let zoneLabels = zones.map { $0.split(separator: ".").count }.max() ?? 0
        return Rank(isExact: isExact, zoneLabels: zoneLabels, matchLabels: selector.matchLabels.count)
    }

    private struct Rank: Comparable {
        let isExact: Bool
        let zoneLabels: Int
        let matchLabels: Int

        static func < (left: Rank, right: Rank) -> Bool {
            (left.isExact ? 1 : 0, left.zoneLabels, left.matchLabels) < (right.isExact ? 1 : 0, right.zoneLabels, right.matchLabels)
        }
    }
}

extension ACMESolver {
    /// The challenge that it answers; nil for one that is not known.
    fileprivate var type: ChallengeType? {
        switch challenge {
        case .http01: .http01
        case .tlsALPN01: .tlsALPN01
        case .dns01: .dns01
        case .dnsPersist01: .dnsPersist01
        case .unsupported: nil
        }
    }
}
