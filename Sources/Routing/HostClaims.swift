/// What every Ingress says about one host pattern, oldest first, and the merge of it.
struct HostClaims {
    private var claims: [(rank: IngressRank, host: IngressRoutes.Host)] = []

    var isEmpty: Bool { claims.isEmpty }

    /// Puts an Ingress's claim in its place in the queue. It must not have one already.
    mutating func insert(_ host: IngressRoutes.Host, of rank: IngressRank) {
        claims.insert((rank, host), at: rank.position(in: claims.lazy.map(\.rank)))
    }

    /// Takes an Ingress's claim out.
    mutating func remove(_ rank: IngressRank) {
        claims.removeAll { $0.rank == rank }
    }

    /// The entry that serves this host: of equal rules, and of default backends, the oldest Ingress's.
    func merged(_ host: String) -> (entry: RouteTable.HostEntry, problems: [RouteProblem]) {
        var problems: [RouteProblem] = []
        let entry = RouteTable.HostEntry(
            rules: PathRules(name: HostPattern.stored(host), mergedRoutes(&problems)), fallback: mergedFallback(&problems),
            isListedInTLS: claims.contains { $0.host.isListedInTLS })
        return (entry, problems)
    }

    private struct RouteKey: Hashable {
        let isExact: Bool
        let path: [UInt8]
    }

    private func mergedRoutes(_ problems: inout [RouteProblem]) -> [Route] {
        if claims.count == 1, claims[0].host.routes.count == 1 { return claims[0].host.routes }
        var winners: [RouteKey: Route] = [:]
        var routes: [Route] = []
        for route in claims.lazy.flatMap(\.host.routes) {
            let key = RouteKey(isExact: route.kind == .exact, path: route.matchPath)
            if let winner = winners[key] {
                // The same rule twice, to the same place, is harmless and common in generated manifests.
                if winner.upstreamID != route.upstreamID { problems.append(HostClaims.duplicate(route, of: winner)) }
                continue
            }
            winners[key] = route
            routes.append(route)
        }
        return routes
    }

    private func mergedFallback(_ problems: inout [RouteProblem]) -> Route? {
        let fallbacks = claims.compactMap(\.host.fallback)
        guard let winner = fallbacks.first else { return nil }
        for loser in fallbacks.dropFirst() where loser.upstreamID != winner.upstreamID {
            problems.append(HostClaims.duplicateDefault(loser, of: winner))
        }
        return winner
    }

    private static func duplicate(_ loser: Route, of winner: Route) -> RouteProblem {
        let host = loser.host.isEmpty ? "every host" : loser.host
        return RouteProblem(
            code: .duplicatePath, ingress: loser.ingress,
            message: "\(loser.kind.rawValue) path \"\(loser.path)\" of \(host) is ignored: "
                + "\(winner.kind.rawValue) path \"\(winner.path)\" of ingress \(winner.ingress) comes first")
    }

    /// Also used for the default backend of the class.
    static func duplicateDefault(_ loser: Route, of winner: Route) -> RouteProblem {
        let scope = loser.kind == .classDefault ? "the class" : loser.host.isEmpty ? "every host" : loser.host
        return RouteProblem(
            code: .duplicateDefaultBackend, ingress: loser.ingress,
            message: "the default backend of \(scope) is ignored: the one of ingress \(winner.ingress) comes first")
    }
}
