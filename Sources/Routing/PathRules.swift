/// The paths of one host, ordered for lookup: an exact match first, else the longest prefix by whole elements.
///
/// Both lists are sorted with the slash below every other byte, so everything under a prefix stands directly behind it. One
/// binary search then finds a neighbour whose chain of enclosing prefixes holds the answer: O(log n) comparisons of paths
/// plus one of lengths per nested prefix, in two flat arrays, whatever the path looks like.
struct PathRules: Sendable {
    private struct PrefixRule {
        let route: Route
        /// The index of the nearest prefix that encloses this one, or -1.
        let enclosing: Int
    }

    private let exact: [Route]
    private let prefixes: [PrefixRule]

    /// - Parameter routes: no two of the same kind with the same `matchPath`.
    init(_ routes: [Route]) {
        exact = routes.filter { $0.kind == .exact }.sorted { PathOrder.precedes($0.matchPath, $1.matchPath) }
        var enclosing: [Int] = []
        var rules: [PrefixRule] = []
        for route in routes.filter({ $0.kind != .exact }).sorted(by: { PathOrder.precedes($0.matchPath, $1.matchPath) }) {
            while let last = enclosing.last, !PathRules.encloses(rules[last].route.matchPath, route.matchPath) { enclosing.removeLast() }
            rules.append(PrefixRule(route: route, enclosing: enclosing.last ?? -1))
            enclosing.append(rules.count - 1)
        }
        prefixes = rules
    }

    /// Every route, exact ones first, each list in path order.
    var routes: [Route] { exact + prefixes.map(\.route) }
    /// The number of routes.
    var count: Int { exact.count + prefixes.count }

    /// The route of a canonical path.
    func match(_ path: Span<UInt8>) -> Route? {
        exactMatch(path) ?? prefixMatch(path)
    }

    private func exactMatch(_ path: Span<UInt8>) -> Route? {
        var low = 0
        var high = exact.count
        while low < high {
            let middle = (low + high) / 2
            let route = exact[middle]
            let comparison = PathOrder.compare(route.matchPath, path)
            if comparison.order == 0 { return route }
            if comparison.order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private func prefixMatch(_ path: Span<UInt8>) -> Route? {
        // The last prefix at or before the path, and how many bytes they share.
        var low = 0
        var high = prefixes.count
        var common = 0
        while low < high {
            let middle = (low + high) / 2
            let comparison = PathOrder.compare(prefixes[middle].route.matchPath, path)
            if comparison.order <= 0 {
                low = middle + 1
                common = comparison.common
            } else {
                high = middle
            }
        }
        // Whatever encloses the neighbour shares its bytes, so lengths decide from here on.
        var index = low - 1
        while index >= 0 {
            let length = prefixes[index].route.matchPath.count
            if length <= common, length == path.count || path[length] == CanonicalPath.slash { return prefixes[index].route }
            index = prefixes[index].enclosing
        }
        return nil
    }

    private static func encloses(_ prefix: [UInt8], _ path: [UInt8]) -> Bool {
        path.starts(with: prefix) && (path.count == prefix.count || path[prefix.count] == CanonicalPath.slash)
    }
}
