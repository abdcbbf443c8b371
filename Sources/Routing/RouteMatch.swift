/// What a request's host and path found.
public struct RouteMatch: Sendable {
    /// The rule.
    public let route: Route
    /// Where it leads as of this snapshot. Not usable unless its state is `.ok`; the caller then answers 503.
    public let upstream: Upstream
}
