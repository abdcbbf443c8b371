public import ACME
internal import HTTPClient
internal import KubernetesAPI

/// How the connection to a CA is secured; what two issuers must have in common to share a client.
public struct ACMETransportConfiguration: Hashable, Sendable {
    /// Roots to trust instead of the system's, PEM; `spec.acme.caBundle`.
    public var caBundlePEM: [UInt8]?
    /// Accepts any certificate; `spec.acme.skipTLSVerify`.
    public var skipTLSVerify: Bool

    /// Makes a configuration.
    public init(caBundlePEM: [UInt8]? = nil, skipTLSVerify: Bool = false) {
        self.caBundlePEM = caBundlePEM
        self.skipTLSVerify = skipTLSVerify
    }

    init(_ spec: ACMEIssuerSpec) { self.init(caBundlePEM: spec.caBundle, skipTLSVerify: spec.skipTLSVerify) }
}

/// Makes the connections to CAs: libcurl in the product, a fake CA in tests.
public protocol ACMETransportFactory: Sendable {
    /// A transport for this configuration.
    ///
    /// - Throws: ``ACMETransportError`` when the configuration cannot work, a CA bundle that is no PEM for instance.
    func open(_ configuration: ACMETransportConfiguration) throws(ACMETransportError) -> OpenACMETransport
}

/// A transport and how to end it.
public struct OpenACMETransport: Sendable {
    /// Where requests go.
    public let transport: any ACMETransport
    /// Ends it. Called once, after the last issuer that uses it is gone.
    public let close: @Sendable () async -> Void

    /// Makes a pair.
    public init(_ transport: any ACMETransport, close: @escaping @Sendable () async -> Void = {}) {
        self.transport = transport
        self.close = close
    }
}

/// The product's factory: one ``HTTPClient`` for each configuration, with proxies from the environment.
public struct HTTPClientTransportFactory: ACMETransportFactory {
    /// Makes the one there is.
    public init() {}

    /// Starts a client.
    public func open(_ configuration: ACMETransportConfiguration) throws(ACMETransportError) -> OpenACMETransport {
        do throws(HTTPClientError) {
            let client = try HTTPClient(
                HTTPClient.Configuration(caBundlePEM: configuration.caBundlePEM, insecureSkipVerify: configuration.skipTLSVerify))
            return OpenACMETransport(HTTPClientTransport(client)) { await client.shutdown() }
        } catch {
            throw ACMETransportError(.permanent, "\(error)")
        }
    }
}

/// The open transports, one for each configuration that an issuer uses.
actor ACMETransportPool {
    private let factory: any ACMETransportFactory
    private var open: [ACMETransportConfiguration: OpenACMETransport] = [:]

    init(factory: any ACMETransportFactory) { self.factory = factory }

    /// The transport for a configuration, opened when it is the first.
    func transport(for configuration: ACMETransportConfiguration) throws(ACMETransportError) -> any ACMETransport {
        if let known = open[configuration] { return known.transport }
        let opened = try factory.open(configuration)
        open[configuration] = opened
        return opened.transport
    }

    /// Closes what no issuer uses any more.
    func retain(_ configurations: Set<ACMETransportConfiguration>) async {
        let unused = open.filter { !configurations.contains($0.key) }
        for configuration in unused.keys { open[configuration] = nil }
        for transport in unused.values { await transport.close() }
    }
}
