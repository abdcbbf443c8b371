public import Core
public import Policies

/// Everything that is fixed for the life of a ``ProxyServer``. What changes while it runs is published to it.
public struct ProxyConfiguration: Sendable {
    /// Where plain HTTP is served: challenges, redirects, and routes without TLS.
    public var http: [ListenAddress]
    /// Where TLS is served.
    public var https: [ListenAddress]
    /// Event loops, one thread each. Every one has its own listeners (`SO_REUSEPORT`), upstream connections and snapshot.
    public var threads: Int
    /// What holds for TLS with every host until a ``TLSPolicyTable`` is published.
    public var tls: TLSPolicy
    /// How long anything may take.
    public var timeouts = ProxyTimeouts()
    /// How much of anything there may be.
    public var limits = ProxyLimits()
    /// The port that the outside world reaches TLS under; a redirect names it unless it is 443. nil: the port of the first TLS
    /// listener. In a cluster a Service maps 443 to the listener.
    public var publicHTTPSPort: UInt16?
    /// The port that the outside world reaches plain HTTP under; upstreams are told of it in `X-Forwarded-Port`. nil: the port of the
    /// first plain listener.
    public var publicHTTPPort: UInt16?
    /// Called once per exchange when it is over; nil costs nothing. Called on the event loop: it must not block.
    public var accessLog: AccessLogSink?

    /// How requests are traced; nil for not at all: what they say of traces goes upstream as it came.
    public var tracing: RequestTracing?

    /// Whether requests are counted rule by rule, for ``ProxyServer/requestMetrics()``.
    public var countsRequests = true

    /// A configuration with the default timeouts and limits.
    public init(http: [ListenAddress], https: [ListenAddress], threads: Int, tls: TLSPolicy) {
        self.http = http
        self.https = https
        self.threads = threads
        self.tls = tls
    }
}

/// The addresses that are being listened on, in the order of the configuration.
public struct BoundAddresses: Hashable, Sendable {
    /// Plain HTTP.
    public let http: [ListenAddress]
    /// TLS.
    public let https: [ListenAddress]
}
