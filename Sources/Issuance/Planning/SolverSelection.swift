internal import Core
internal import KubernetesAPI

/// Which of an issuer's solvers proves control of a name: cert-manager's selector rules.
///
/// A solver must match every given part of its selector. An exact name beats a zone, the zone with more labels beats the one with
/// fewer, then more matching labels of the Ingress win, then the first in the list. A solver without a selector comes last.
enum SolverSelection {
    /// The names that no solver of ours can prove, each with the reason; empty when the issuer will do.
    ///
    /// An issuer without any solver gets http-01: the proxy answers it without any setting.
    static func unsolvable(_ names: CertificateNames, labels: [String: String], solvers: [ACMESolver]) -> [String] {
        var refused: [String] = []
        for name in names.all {
            if let reason = refusal(name, labels: labels, solvers: solvers) { refused.append("\(name) \(reason)") }
        }
        return refused
    }

    private static func refusal(_ name: String, labels: [String: String], solvers: [ACMESolver]) -> String? {
        let isWildcard = name.hasPrefix("*.")
        guard !solvers.isEmpty else { return isWildcard ? "is a wildcard and needs dns-01, which the issuer does not have" : nil }
        guard let solver = choice(for: name, labels: labels, solvers: solvers) else { return "matches no solver of the issuer" }
        switch solver.challenge {
        case .http01: return isWildcard ? "is a wildcard and needs dns-01; its solver is http-01" : nil
        case .tlsALPN01: return "has a tls-alpn-01 solver, which this version does not offer"
        case .dns01(let solver): return "has a dns-01 solver (\(solver.provider.name)), which this version does not offer"
        case .dnsPersist01: return "has a dns-persist-01 solver, which this version does not offer"
        case .unsupported(let kind): return "has a solver of an unknown kind (\(kind))"
        }
    }

    /// The solver that cert-manager would take; a wildcard is never given to http-01 while another solver matches.
    private static func choice(for name: String, labels: [String: String], solvers: [ACMESolver]) -> ACMESolver? {
        var best: (solver: ACMESolver, rank: Rank)?
        for solver in solvers {
            guard let rank = rank(of: solver, name: name, labels: labels) else { continue }
            if let current = best, current.rank >= rank { continue }
            best = (solver, rank)
        }
        return best?.solver
    }

    private static func rank(of solver: ACMESolver, name: String, labels: [String: String]) -> Rank? {
        let suits =
            switch solver.challenge {
            case .http01, .tlsALPN01: !name.hasPrefix("*.")
            case .dns01, .dnsPersist01, .unsupported: true
            }
        guard let selector = solver.selector, !selector.isEmpty else {
            return Rank(suits: suits, isExact: false, zoneLabels: -1, matchLabels: -1)
        }
        guard selector.matchLabels.allSatisfy({ labels[$0.key] == $0.value }) else { return nil }
        let isExact = selector.dnsNames.contains { $0.lowercased() == name }
        let bare = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
        let zones = selector.dnsZones.map { $0.lowercased() }.filter { bare == $0 || bare.hasSuffix("." + $0) }
        let asksNames = !selector.dnsNames.isEmpty || !selector.dnsZones.isEmpty
        guard !asksNames || isExact || !zones.isEmpty else { return nil }
        let zoneLabels = zones.map { $0.split(separator: ".").count }.max() ?? 0
        return Rank(suits: suits, isExact: isExact, zoneLabels: zoneLabels, matchLabels: selector.matchLabels.count)
    }

    private struct Rank: Comparable {
        let suits: Bool
        let isExact: Bool
        let zoneLabels: Int
        let matchLabels: Int

        static func < (left: Rank, right: Rank) -> Bool {
            func number(_ flag: Bool) -> Int { flag ? 1 : 0 }
            return (number(left.suits), number(left.isExact), left.zoneLabels, left.matchLabels)
                < (number(right.suits), number(right.isExact), right.zoneLabels, right.matchLabels)
        }
    }
}
