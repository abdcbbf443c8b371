/// What one loop has counted since it started, or the sum over all loops. Cumulative, except where it says "now".
public struct ProxyCounters: Hashable, Sendable {
    /// Connections accepted.
    public internal(set) var connectionsAccepted: UInt64 = 0
    /// Connections open now.
    public internal(set) var connectionsOpen: UInt64 = 0
    /// Times that the listeners of a loop stopped accepting, because of the connection limit or for lack of descriptors.
    public internal(set) var acceptPauses: UInt64 = 0
    /// TLS handshakes completed.
    public internal(set) var handshakes: UInt64 = 0
    /// TLS handshakes that failed, timed out or never began.
    public internal(set) var handshakeFailures: UInt64 = 0
    /// Protocol switches, status 101.
    public internal(set) var responses1xx: UInt64 = 0
    /// Final responses with a status of 200 to 299.
    public internal(set) var responses2xx: UInt64 = 0
    /// Final responses with a status of 300 to 399.
    public internal(set) var responses3xx: UInt64 = 0
    /// Final responses with a status of 400 to 499.
    public internal(set) var responses4xx: UInt64 = 0
    /// Final responses with a status of 500 to 599.
    public internal(set) var responses5xx: UInt64 = 0
    /// Responses that the proxy gave itself; part of those by status.
    public internal(set) var localAnswers: UInt64 = 0
    /// Exchanges whose downstream went away, or was cut, before the response was complete.
    public internal(set) var exchangesCut: UInt64 = 0
    /// Connections to upstreams made.
    public internal(set) var upstreamConnections: UInt64 = 0
    /// Attempts to connect to an endpoint that failed or timed out.
    public internal(set) var upstreamConnectFailures: UInt64 = 0
    /// Upstream connections that failed with a request on them: closed, timed out, or answered with something that is not HTTP.
    public internal(set) var upstreamFailures: UInt64 = 0
    /// Requests sent again because a pooled connection was found closed.
    public internal(set) var staleRetries: UInt64 = 0
    /// Idle upstream connections now.
    public internal(set) var upstreamConnectionsIdle: UInt64 = 0
    /// Exchanges and tunnels going on now.
    public internal(set) var exchangesActive: UInt64 = 0

    static func + (left: ProxyCounters, right: ProxyCounters) -> ProxyCounters {
        var sum = left
        for path in everyCounter { sum[keyPath: path] &+= right[keyPath: path] }
        return sum
    }

    private static var everyCounter: [WritableKeyPath<ProxyCounters, UInt64>] {
        [
            \.connectionsAccepted, \.connectionsOpen, \.acceptPauses, \.handshakes, \.handshakeFailures, \.responses1xx, \.responses2xx,
            \.responses3xx, \.responses4xx, \.responses5xx, \.localAnswers, \.exchangesCut, \.upstreamConnections,
            \.upstreamConnectFailures, \.upstreamFailures, \.staleRetries, \.upstreamConnectionsIdle, \.exchangesActive,
        ]
    }
}
