/// Everything that requests are routed by, as of one moment. Immutable: an event loop takes the newest one and keeps it for as
/// long as it likes. Built by ``RouteCompiler``.
public final class RouteTable: Sendable {
    /// What one host pattern leads to.
    final class HostEntry: HostMapEntry {
        let rules: PathRules
        /// `defaultBackend` of the oldest Ingress that has both this host and one.
        let fallback: Route?
        /// Whether a served Ingress lists the pattern in a `tls` section.
        let isListedInTLS: Bool

        init(rules: PathRules, fallback: Route?, isListedInTLS: Bool) {
            self.rules = rules
            self.fallback = fallback
            self.isListedInTLS = isListedInTLS
        }

        var storedName: [UInt8] { rules.name }
        var routeCount: Int { rules.count + (fallback == nil ? 0 : 1) }

        func isStored(as name: Span<UInt8>) -> Bool { rules.isNamed(name) }

        func match(_ path: Span<UInt8>) -> PathRules.Match? {
            rules.match(path) ?? fallback.map { PathRules.Match(route: $0, upstreamID: $0.upstreamID) }
        }
    }

    /// How much there is; for metrics.
    public struct Statistics: Hashable, Sendable {
        /// Host patterns, the one for every host included.
        public let hosts: Int
        /// Rules and default backends in force.
        public let routes: Int
        /// Distinct Service ports that routes lead to.
        public let upstreams: Int
    }

    let hosts: HostMap<HostEntry>
    let everyHost: HostEntry?
    let classDefault: Route?
    let upstreams: NumberedTable<Upstream>
    let routes: NumberedTable<Route>
    /// Another number for every change of which route has which number.
    public let routesVersion: UInt64
    /// How much there is.
    public let statistics: Statistics

    init(
        hosts: HostMap<HostEntry>, everyHost: HostEntry?, classDefault: Route?, upstreams: NumberedTable<Upstream>,
        routes: NumberedTable<Route>, routesVersion: UInt64, routeCount: Int
    ) {
        self.hosts = hosts
        self.everyHost = everyHost
        self.classDefault = classDefault
        self.upstreams = upstreams
        self.routes = routes
        self.routesVersion = routesVersion
        statistics = Statistics(hosts: hosts.count + (everyHost == nil ? 0 : 1), routes: routeCount, upstreams: upstreams.count)
    }

    /// A table that matches nothing.
    public static let empty = RouteTable(
        hosts: HostMap(), everyHost: nil, classDefault: nil, upstreams: NumberedTable(), routes: NumberedTable(), routesVersion: 0,
        routeCount: 0)

    /// Finds the rules for a host. Allocates nothing.
    ///
    /// - Parameter authority: the bytes of the `Host` field or of the target's authority, in any case, with or without a port.
    /// - Returns: nil when it is malformed (see ``RequestHost``); the caller answers 400.
    public func hostRoutes(for authority: Span<UInt8>) -> HostRoutes? {
        guard let range = RequestHost.range(in: authority) else { return nil }
        let match = hosts.match(authority.extracting(range))
        return HostRoutes(table: self, exact: match.exact, wildcard: match.wildcard)
    }

    /// The upstream with this id, as of this snapshot.
    public func upstream(_ id: Int) -> Upstream? { upstreams[id] }

    /// The route that has this number as of this snapshot.
    public func route(_ number: Int) -> Route? { routes[number] }

    /// Every upstream that a route leads to.
    public var allUpstreams: [Upstream] { upstreams.all }

    /// Every rule and default backend in force, by number.
    public var allRoutes: [Route] { routes.all }
}
