/// What the access log says about one exchange. Strings are made only when there is a sink.
public struct AccessRecord: Sendable {
    /// The request method as it was sent; empty when the request was not understood.
    public let method: String
    /// The host that was asked for, in lower case without port; empty when the request was not understood.
    public let host: String
    /// The canonical path that routing and logs share, without the query, which often holds secrets; empty when there is none.
    public let path: String
    /// Whether the request came over TLS.
    public let isTLS: Bool
    /// The address that the request came from.
    public let downstreamAddress: String
    /// Status of the response; 499 when the downstream went away before there was one.
    public let status: Int
    /// Bytes of the request body, without framing.
    public let requestBodyBytes: UInt64
    /// Bytes of the response body, without framing.
    public let responseBodyBytes: UInt64
    /// From the last byte of the request head to the end of the exchange.
    public let duration: Duration
    /// From the last byte of the request head to the head of the upstream's response; nil without one.
    public let upstreamDuration: Duration?
    /// `namespace/service:port`; nil when no route matched.
    public let upstream: String?
    /// `address:port` of the endpoint that was tried last; nil when none was.
    public let endpoint: String?
    /// Endpoints tried.
    public let tries: Int
    /// The `X-Request-ID` of the exchange; empty when the request was not understood.
    public let requestID: String
    /// The trace that the exchange is part of, as 32 hexadecimal digits; nil when it is not sampled.
    public let traceID: String?
    /// Whether a response was delivered in full.
    public let isComplete: Bool
}

/// Takes the records of all loops, from their threads; it must not block.
public typealias AccessLogSink = @Sendable (AccessRecord) -> Void
