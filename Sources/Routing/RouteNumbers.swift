internal import Core

/// Gives each rule its number. A rule that is read again with its Ingress keeps it; the number of one that goes is given to another.
struct RouteNumbers {
    private(set) var table = NumberedTable<Route>()
    /// Grows with every change of the table.
    private(set) var version: UInt64 = 0
    private var free: [Int] = []
    private var given = 0
    /// What an Ingress had before, while it is read again.
    private var former: [Route] = []

    /// Begins to number the rules of an Ingress.
    mutating func begin(replacing routes: [Route]) {
        former = routes
    }

    /// Makes a rule with a number.
    mutating func route(
        ingress: NamespacedName, host: String, kind: Route.Kind, path: String, matchPath: [UInt8], upstreamID: Int
    ) -> Route {
        func made(_ number: Int) -> Route {
            Route(
                ingress: ingress, host: host, kind: kind, path: path, matchPath: matchPath, upstreamID: upstreamID, number: number)
        }
        let known = former.firstIndex {
            $0.upstreamID == upstreamID && $0.kind == kind && $0.path == path && $0.host == host && $0.ingress == ingress
        }
        let route = made(known.map { former.remove(at: $0).number } ?? next())
        table[route.number] = route
        version &+= 1
        return route
    }

    /// Ends it: what was not made again is gone.
    mutating func end() {
        for route in former {
            table[route.number] = nil
            free.append(route.number)
            version &+= 1
        }
        former = []
    }

    private mutating func next() -> Int {
        if let number = free.popLast() { return number }
        defer { given += 1 }
        return given
    }
}
