internal import Routing

/// What one loop counts of requests, rule by rule. Used on its loop only, so that counting takes no lock.
final class RequestMetrics {
    /// By ``Route/number``, made with the first request.
    private var counters: [RouteCounters?] = []
    private let unrouted = RouteCounters(route: nil)
    private var version: UInt64 = 0

    /// Where a request is counted.
    ///
    /// - Parameters:
    ///   - number: of the rule, or ``noRoute``.
    ///   - routes: the table that the rule was found in, which is the one that was adopted last.
    @inline(__always)
    func counters(of number: Int, in routes: RouteTable) -> RouteCounters {
        if number >= 0, number < counters.count, let known = counters[number] { return known }
        return add(number, routes)
    }

    private func add(_ number: Int, _ routes: RouteTable) -> RouteCounters {
        guard number >= 0, let route = routes.route(number) else { return unrouted }
        while counters.count <= number { counters.append(nil) }
        let made = RouteCounters(route: route)
        counters[number] = made
        return made
    }

    /// Lets go of what was counted for rules that are gone; requests of theirs that are under way still add to it, and nobody looks.
    func adopt(_ routes: RouteTable) {
        guard routes.routesVersion != version else { return }
        version = routes.routesVersion
        for number in counters.indices {
            guard let known = counters[number], let former = known.route else { continue }
            if let route = routes.route(number), route.isSame(as: former) { known.route = route } else { counters[number] = nil }
        }
    }

    /// What was counted for some of the rules, so that one look does not hold up the loop.
    ///
    /// - Parameter start: 0, then what the call before returned.
    /// - Returns: the rules, and where to go on; nil at the end.
    func samples(from start: Int) -> (samples: [RouteRequests], next: Int?) {
        var samples: [RouteRequests] = start == 0 ? [unrouted.sample] : []
        for number in min(start, counters.count)..<counters.count {
            if let known = counters[number] { samples.append(known.sample) }
            if samples.count >= Self.samplesMax { return (samples, number + 1) }
        }
        return (samples, nil)
    }

    /// The number of no rule.
    static let noRoute = -1
    /// Rules in one look: some 70 KB to copy, for which a loop takes a few microseconds.
    private static let samplesMax = 64
}
