internal import Core

/// Which rule, Service and endpoints answer a request, and why: what `certctl routes URL` prints.
public struct RouteExplanation: Hashable, Sendable, Codable {
    /// How the request ends as far as routing decides.
    public enum Outcome: String, Hashable, Sendable, Codable {
        /// It goes to one of the endpoints.
        case upstream
        /// 400: the host is malformed.
        case badHost
        /// 400: the path has no canonical form.
        case badPath
        /// 404: no rule and no default backend.
        case noRoute
        /// 503: the rule leads to an upstream without a usable endpoint.
        case unavailable
    }

    /// How the request ends.
    public let outcome: Outcome
    /// Why, in steps that an operator can follow.
    public let reasons: [String]
    /// The path that rules were compared with; nil when there is none.
    public let canonicalPath: String?
    /// Whether a served Ingress lists the host in a `tls` section.
    public let isListedInTLS: Bool
    /// The rule; nil when nothing matched.
    public let route: RouteDescription?
}

/// A ``Route`` and its ``Upstream`` in a form that can be printed and sent.
public struct RouteDescription: Hashable, Sendable, Codable {
    /// The host pattern; `*` for every host.
    public let host: String
    /// The path as the Ingress has it.
    public let path: String
    /// What kind of rule it is.
    public let kind: Route.Kind
    /// `namespace/name` of the Ingress.
    public let ingress: String
    /// `namespace/service:port`.
    public let upstream: String
    /// Whether the upstream is usable.
    public let state: Upstream.State
    /// `address:port` of each usable endpoint.
    public let endpoints: [String]

    init(_ route: Route, _ upstream: Upstream) {
        host = route.host.isEmpty ? "*" : route.host
        path = route.path
        kind = route.kind
        ingress = route.ingress.description
        self.upstream = upstream.name
        state = upstream.state
        endpoints = upstream.endpoints.map(\.description)
    }
}
