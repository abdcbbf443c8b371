internal import Routing

/// The endpoints of one upstream as one loop sees them: round robin per request. Used on its loop only.
final class EndpointGroup {
    /// The object of the newest snapshot that was looked at.
    private(set) var upstream: Upstream
    private(set) var endpoints: [Endpoint]
    private var turn: Int

    init(_ upstream: Upstream, startingAt turn: Int) {
        self.upstream = upstream
        self.turn = turn
        endpoints = upstream.endpoints.map { Endpoint($0, isName: upstream.externalName != nil) }
    }

    /// Takes over a later state of the same upstream. Endpoints that are still there keep their connections.
    func adopt(_ upstream: Upstream) {
        self.upstream = upstream
        var former = Dictionary(endpoints.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
        endpoints = upstream.endpoints.map {
            former.removeValue(forKey: $0) ?? Endpoint($0, isName: upstream.externalName != nil)
        }
        for endpoint in former.values { endpoint.retire() }
    }

    /// The endpoint whose turn it is, nil when there is none.
    @inline(__always)
    func next() -> Endpoint? {
        let count = endpoints.count
        guard count > 0 else { return nil }
        if turn >= count { turn %= count }
        defer { turn &+= 1 }
        return endpoints[turn]
    }

    /// The endpoint whose turn it is of those that were not tried.
    func next(excluding tried: [Endpoint]) -> Endpoint? {
        for _ in endpoints.indices {
            if let endpoint = next(), !tried.contains(where: { $0 === endpoint }) { return endpoint }
        }
        return nil
    }

    var idleCount: Int { endpoints.reduce(0) { $0 + $1.idleCount } }

    /// Gives up all endpoints.
    func retire() {
        for endpoint in endpoints { endpoint.retire() }
        endpoints = []
    }
}
