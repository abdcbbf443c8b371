/// How much the proxy takes. Limits of heads are those of the module HTTP1.
public struct ProxyLimits: Sendable {
    /// Bytes of a request body, counted without chunk framing. Beyond: 413. 0 means no limit. The default is ingress-nginx's
    /// `proxy-body-size`.
    public var requestBodyBytesMax: UInt64 = 1 << 20
    /// Connections open at once on one loop. Beyond: the listeners of that loop stop accepting until one closes; the kernel's
    /// backlog then fills up. Each listener but the one that finds out may take one more. About 24 KiB each when idle.
    public var connectionsPerLoopMax = 32_768
    /// Connections waiting to be accepted, per listener and loop. Beyond: the kernel drops the SYN and the peer tries again.
    public var acceptBacklog = 1024
    /// Requests of one downstream connection. Beyond: `Connection: close`. As ingress-nginx's `keep-alive-requests`, times 10: a
    /// connection costs the peer a handshake.
    public var requestsPerConnectionMax = 10_000
    /// Idle connections kept per endpoint and loop. Beyond: closed after use. As ingress-nginx's `upstream-keepalive-connections`.
    public var idleUpstreamConnectionsMax = 320
    /// Requests of one upstream connection. Beyond: closed after use. As ingress-nginx's `upstream-keepalive-requests`.
    public var requestsPerUpstreamConnectionMax = 10_000
    /// The kernel's receive buffer of an upstream connection. Bounds what has to be taken over at once when an upstream has ended its side
    /// while its downstream is slow; at 1 ms of distance it still allows 250 MB/s.
    public var upstreamReceiveBufferBytes = 256 * 1024
    /// Endpoints tried for one request, the first included. Beyond: 502. As ingress-nginx's `proxy-next-upstream-tries`.
    public var upstreamTriesMax = 3

    /// The defaults.
    public init() {}
}
