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
        guard let route = route(for: path), let upstream = table.upstreams[route.upstreamID] else { return nil }
        return RouteMatch(route: route, upstream: upstream)
    }

    private func route(for path: Span<UInt8>) -> Route? {
        if let exact, let route = exact.rules.match(path) ?? exact.fallback { return route }
        if let wildcard, let route = wildcard.rules.match(path) ?? wildcard.fallback { return route }
        if let any = table.everyHost, let route = any.rules.match(path) ?? any.fallback { return route }
        return table.classDefault
    }
}
