internal import Core

/// The ports that the outside world reaches the listeners under.
struct PublicPorts: Hashable, Sendable {
    /// Of plain HTTP.
    let http: UInt16
    /// Of TLS.
    let https: UInt16

    /// What the configuration says, then where a listener is; without either, the ports of the schemes. RFC 9110 §4.2.
    init(_ configuration: ProxyConfiguration, _ bound: BoundAddresses? = nil) {
        let http = (bound?.http ?? configuration.http).first?.port
        let https = (bound?.https ?? configuration.https).first?.port
        self.http = configuration.publicHTTPPort ?? http.map { UInt16(clamping: $0) } ?? 80
        self.https = configuration.publicHTTPSPort ?? https.map { UInt16(clamping: $0) } ?? 443
    }
}
