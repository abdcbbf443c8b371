/// The paths of one host, ordered for lookup: an exact match first, else the longest prefix by whole elements.
///
/// Exact and prefix rules are each sorted with the slash below every other byte, so everything under a prefix stands directly behind
/// it. One binary search then finds a neighbour whose chain of enclosing prefixes holds the answer: O(log n) comparisons of paths plus
/// one of lengths per nested prefix, whatever the path looks like.
///
/// A lookup among many hosts waits for memory, so what it reads lies together: the host's name and all paths in one array, and beside
/// each rule the upstream it leads to.
struct PathRules: Sendable {
    private struct Rule {
        let route: Route
        /// Where the path lies in `bytes`.
        let start: UInt32
        let count: UInt32
        /// The index of the nearest prefix that encloses this one, or -1.
        let enclosing: Int32
        let upstreamID: Int32
    }

    /// A rule that matches.
    struct Match {
        let route: Route
        /// The same as the route's own, without a look at it.
        let upstreamID: Int
    }

    /// Exact rules, then prefixes.
    private let rules: [Rule]
    private let exactCount: Int
    private let nameCount: Int
    private let bytes: [UInt8]

    /// - Parameters:
    ///   - name: the host in the form of ``HostPattern/stored(_:)``.
    ///   - routes: no two of the same kind with the same `matchPath`.
    init(name: [UInt8], _ routes: [Route]) {
        let sorted = routes.sorted { PathOrder.precedes($0.matchPath, $1.matchPath) }
        let exact = sorted.filter { $0.kind == .exact }
        let prefixes = sorted.filter { $0.kind != .exact }
        bytes = (exact + prefixes).reduce(into: name) { $0 += $1.matchPath }
        exactCount = exact.count
        nameCount = name.count
        rules = PathRules.rules(exact, prefixes, pathsStart: name.count)
    }

    private static func rules(_ exact: [Route], _ prefixes: [Route], pathsStart: Int) -> [Rule] {
        var rules: [Rule] = []
        rules.reserveCapacity(exact.count + prefixes.count)
        var start = pathsStart
        func append(_ route: Route, enclosing: Int) {
            let count = route.matchPath.count
            rules.append(
                Rule(
                    route: route, start: UInt32(start), count: UInt32(count), enclosing: Int32(enclosing),
                    upstreamID: Int32(route.upstreamID)))
            start += count
        }
        for route in exact { append(route, enclosing: -1) }
        var enclosing: [Int] = []
        for route in prefixes {
            while let last = enclosing.last, !encloses(rules[last].route.matchPath, route.matchPath) { enclosing.removeLast() }
            append(route, enclosing: enclosing.last ?? -1)
            enclosing.append(rules.count - 1)
        }
        return rules
    }

    /// The host's name.
    var name: [UInt8] { Array(bytes[..<nameCount]) }
    /// Every route, exact ones first, each kind in path order.
    var routes: [Route] { rules.map(\.route) }
    /// The number of routes.
    var count: Int { rules.count }

    /// Whether this is the host's name, in either case.
    func isNamed(_ name: Span<UInt8>) -> Bool {
        HostHash.equal(name, stored: bytes.span.extracting(first: nameCount))
    }

    /// The rule for a canonical path.
    func match(_ path: Span<UInt8>) -> Match? {
        exactMatch(path) ?? prefixMatch(path)
    }

    private func exactMatch(_ path: Span<UInt8>) -> Match? {
        let (index, common) = neighbour(of: path, in: 0..<exactCount)
        guard index >= 0, common == path.count, Int(rules[index].count) == common else { return nil }
        return Match(route: rules[index].route, upstreamID: Int(rules[index].upstreamID))
    }

    private func prefixMatch(_ path: Span<UInt8>) -> Match? {
        var (index, common) = neighbour(of: path, in: exactCount..<rules.count)
        // Whatever encloses the neighbour shares its bytes, so lengths decide from here on.
        while index >= exactCount {
            let count = Int(rules[index].count)
            if count <= common, count == path.count || path[count] == CanonicalPath.slash {
                return Match(route: rules[index].route, upstreamID: Int(rules[index].upstreamID))
            }
            index = Int(rules[index].enclosing)
        }
        return nil
    }

    /// The last rule of a range at or before the path, and how many bytes they share; the index is below the range if there is none.
    private func neighbour(of path: Span<UInt8>, in range: Range<Int>) -> (index: Int, common: Int) {
        let bytes = bytes.span
        var (low, high, common) = (range.lowerBound, range.upperBound, 0)
        while low < high {
            let middle = (low + high) / 2
            let start = Int(rules[middle].start)
            let comparison = PathOrder.compare(bytes.extracting(start..<(start + Int(rules[middle].count))), path)
            if comparison.order <= 0 {
                low = middle + 1
                common = comparison.common
            } else {
                high = middle
            }
        }
        return (low - 1, common)
    }

    private static func encloses(_ prefix: [UInt8], _ path: [UInt8]) -> Bool {
        path.starts(with: prefix) && (path.count == prefix.count || path[prefix.count] == CanonicalPath.slash)
    }
}
