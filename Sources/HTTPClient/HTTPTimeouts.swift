/// How long a request may take. Each is a separate clock; whichever ends first fails the request.
public struct HTTPTimeouts: Hashable, Sendable {
    /// Name resolution, TCP, the proxy's CONNECT and the TLS handshake together.
    public var connect: Duration
    /// From the call to the last byte of the answer, with the wait for a free connection and any redirects; for
    /// ``HTTPClient/stream(_:)`` only to the end of the head, since the body then goes at the consumer's pace. Nil for no limit.
    public var total: Duration?
    /// With no byte in either direction once connected. Time in which the transfer waits for the caller (a consumer that does
    /// not read, a body that is not produced) does not count. Nil for no limit.
    public var idle: Duration?

    /// Makes timeouts; the defaults are 10 s, 60 s and 30 s.
    public init(connect: Duration = .seconds(10), total: Duration? = .seconds(60), idle: Duration? = .seconds(30)) {
        self.connect = connect
        self.total = total
        self.idle = idle
    }
}
