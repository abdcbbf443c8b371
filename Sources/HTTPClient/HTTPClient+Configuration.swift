public import Core

extension HTTPClient {
    /// What all requests of a client share.
    public struct Configuration: Sendable {
        /// Roots to trust instead of the system's, PEM; nil for the system's.
        public var caBundlePEM: [UInt8]?
        /// Our certificate with its chain, PEM, for servers that ask for one. Never touches the disk.
        public var clientCertificatePEM: [UInt8]?
        /// The key of ``clientCertificatePEM``, PEM without a passphrase.
        public var clientKeyPEM: [UInt8]?
        /// Accepts any certificate for any name. Only for those who ask for exactly that (`--insecure`, `skipTLSVerify`).
        public var insecureSkipVerify: Bool
        /// The name that the certificate of an https server must have, and that is sent as SNI, instead of the host in the URL; nil for that
        /// host. A DNS name or an address. The `Host` field stays that of the URL.
        public var tlsServerName: String?
        /// Which proxy requests go through.
        public var proxy: HTTPProxy
        /// Timeouts of requests that do not bring their own.
        public var timeouts: HTTPTimeouts
        /// Requests at a time to one origin (scheme, host, port); more wait their turn, first come first served. Streams do not count,
        /// since a watch would hold its place for hours.
        public var requestsPerOriginMax: Int
        /// Connects to public addresses only, whatever a name resolves to: for URLs that strangers write. Where a proxy is in between, it
        /// resolves the name, and only addresses in the URL itself are looked at.
        public var publicAddressesOnly: Bool
        /// Networks that count as public for ``publicAddressesOnly``.
        public var allowedNetworks: [IPNetwork]
        /// `User-Agent`, `certctl/VERSION` unless replaced. RFC 9110 §10.1.5.
        public var userAgent: String

        /// Makes a configuration; it is checked when the client is made.
        public init(
            caBundlePEM: [UInt8]? = nil,
            clientCertificatePEM: [UInt8]? = nil,
            clientKeyPEM: [UInt8]? = nil,
            insecureSkipVerify: Bool = false,
            tlsServerName: String? = nil,
            proxy: HTTPProxy = .environment,
            timeouts: HTTPTimeouts = HTTPTimeouts(),
            requestsPerOriginMax: Int = 16,
            publicAddressesOnly: Bool = false,
            allowedNetworks: [IPNetwork] = [],
            userAgent: String = Version.userAgent
        ) {
            self.caBundlePEM = caBundlePEM
            self.clientCertificatePEM = clientCertificatePEM
            self.clientKeyPEM = clientKeyPEM
            self.insecureSkipVerify = insecureSkipVerify
            self.tlsServerName = tlsServerName
            self.proxy = proxy
            self.timeouts = timeouts
            self.requestsPerOriginMax = requestsPerOriginMax
            self.publicAddressesOnly = publicAddressesOnly
            self.allowedNetworks = allowedNetworks
            self.userAgent = userAgent
        }
    }
}

extension HTTPClient.Configuration {
    /// Refuses what cannot work, before the first request does.
    func check() throws(HTTPClientError.Code) {
        if let caBundlePEM, !HTTPClient.Configuration.holds("CERTIFICATE-----", in: caBundlePEM) {
            throw .invalidConfiguration("the CA bundle has no PEM certificate")
        }
        guard (clientCertificatePEM == nil) == (clientKeyPEM == nil) else {
            throw .invalidConfiguration("a client certificate needs its key, and a key its certificate")
        }
        if let tlsServerName {
            let hostBytes = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:".utf8)
            guard (1...253).contains(tlsServerName.utf8.count), tlsServerName.utf8.allSatisfy(hostBytes.contains) else {
                throw .invalidConfiguration("the TLS server name is neither a host name nor an address")
            }
        }
        guard requestsPerOriginMax > 0 else {
            throw .invalidConfiguration("\(requestsPerOriginMax) requests per origin, at least 1 is needed")
        }
        guard userAgent.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .invalidConfiguration("the user agent has a byte that is not printable ASCII")
        }
    }

    private static func holds(_ text: String, in bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("-----BEGIN " + text)
    }
}
