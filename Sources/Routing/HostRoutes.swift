/// The rules for one host. Valid for as long as its table is current; may be kept for the life of a connection only together
/// with a check that the table is still the newest.
public struct HostRoutes: Sendable {
    let table: RouteTable
    let exact: RouteTable.HostEntry?
    let wildcard: RouteTable.HostEntry?

    /// Whether a served Ingress lists this host, or the wildcard above it, in a `tls` section.
    public var isListedInTLS: Bool { exact?.isListedInTLS ?? false || wildcard?.isListedInTLS ?? false }

    /// Finds the rule for a canonical path. Allocates nothing.
    ///
    /// Every rule whose host fits the request is a candidate, since a rule without a host applies to every host. The exact host is
    /// asked first, then the wildcard, then rules without a host, each with its default backend; then the class's default.
    ///
    /// - Parameter path: the canonical path, see ``CanonicalPath``.
    /// - Returns: nil when nothing matches; the caller answers 404.
    public func match(path: Span<UInt8>) -> RouteMatch? {
        guard let found = find(path), let upstream = table.upstreams[found.upstreamID] else { return nil }
        return RouteMatch(route: found.route, upstream: upstream)
    }

    private func find(_ path: Span<UInt8>) -> PathRules.Match? {
        exact?.match(path) ?? wildcard?.match(path) ?? table.everyHost?.match(path)
            ?? table.classDefault.map { PathRules.Match(route: $0, upstreamID: $0.upstreamID) }
    }
}
