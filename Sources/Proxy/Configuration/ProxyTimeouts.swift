/// How long the proxy waits. The defaults are nginx's and ingress-nginx's where these have the setting.
///
/// Deadlines are kept in steps of ``ProxyTimeouts/step``: a wait is never shorter than written here, and up to two steps longer.
public struct ProxyTimeouts: Sendable {
    /// From accepting a connection to the end of the TLS handshake. Beyond: cut.
    public var handshake: Duration = .seconds(15)
    /// From the first byte of a request head (or from the end of the handshake) to its last. Beyond: 408 and close. A total, so that
    /// a peer that sends a byte now and then gains nothing.
    public var requestHead: Duration = .seconds(60)
    /// Between two arrivals of a request body. Beyond: 408 and close, or a cut once a response has begun.
    public var requestBody: Duration = .seconds(60)
    /// While a response is held up because the downstream does not read. Beyond: cut.
    public var downstreamSend: Duration = .seconds(60)
    /// Between two requests of a connection. Beyond: closed without a word.
    public var keepAlive: Duration = .seconds(75)
    /// From closing our side of a connection in mid-request to giving up on the peer's side. Beyond: cut. As nginx's `lingering_time`.
    public var lingering: Duration = .seconds(5)
    /// To connect to one endpoint. Beyond: the next endpoint.
    public var upstreamConnect: Duration = .seconds(5)
    /// Between two reads from an upstream that owes us something. Beyond: 504, or a cut once the response has begun. Also the
    /// longest silence of both sides of a tunnel.
    public var upstreamRead: Duration = .seconds(60)
    /// While a request body is held up because the upstream does not read. Beyond: 504, or a cut.
    public var upstreamSend: Duration = .seconds(60)
    /// An idle upstream connection is closed after this.
    public var upstreamKeepAlive: Duration = .seconds(60)
    /// An upstream connection is used for new requests no longer than this. As nginx's `keepalive_time`.
    public var upstreamAge: Duration = .seconds(3600)
    /// The same for a connection to a DNS name (`ExternalName`), so that a change of its addresses is followed.
    public var namedUpstreamAge: Duration = .seconds(60)

    /// The resolution of all of these.
    public static let step: Duration = .milliseconds(100)

    /// The defaults.
    public init() {}
}
