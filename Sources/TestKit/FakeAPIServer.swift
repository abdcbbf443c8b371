public import KubernetesClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
public import PKI

/// An API server of Kubernetes on 127.0.0.1 with the objects in memory, for what a real one does only on a bad day.
///
/// Real HTTP, and TLS if wanted. It knows the resources that certctl uses: lists in pages, watches with bookmarks, optimistic locking,
/// merge patches, server-side apply with field managers, status subresources. No admission, no validation of specs, no defaults, no RBAC.
public final class FakeAPIServer: Sendable {
    /// How it speaks TLS.
    public struct TLS: Sendable {
        /// The server's certificate and key.
        public let keyPair: TLSKeyPair
        /// Asks clients for a certificate of this authority, PEM, and takes none without.
        public let clientAuthorityPEM: [UInt8]?

        /// Makes a setting.
        public init(keyPair: TLSKeyPair, clientAuthorityPEM: [UInt8]? = nil) {
            self.keyPair = keyPair
            self.clientAuthorityPEM = clientAuthorityPEM
        }
    }

    /// Where it listens; stays when it goes away and comes back.
    public let port: Int
    private let tls: TLS?
    let core: Core

    /// Starts an empty server on a port of the system's choice.
    public init(tls: TLS? = nil) async throws {
        self.tls = tls
        core = Core()
        port = try await core.listen(port: 0, tls: tls.map(FakeAPIServer.context))
    }

    deinit { core.closeAll() }

    /// `http://127.0.0.1:PORT`, or `https`.
    public var url: String { "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)" }

    /// A configuration that leads here, without credentials, and without a proxy that the environment may name.
    public var configuration: ClusterConfiguration { ClusterConfiguration(server: url) }

    /// Closes the port and all connections, as a crash does, and returns once connecting is refused. The objects stay.
    public func goAway() async {
        core.closeAll()
        await core.waitUntilClosed()
        // A process that is being started meanwhile holds copies of our sockets until it runs its own program.
        let probe = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        while let channel = try? await probe.connect(host: "127.0.0.1", port: port).get() { try? await channel.close() }
    }

    /// Opens the same port again.
    public func comeBack() async throws { _ = try await core.listen(port: port, tls: tls.map(FakeAPIServer.context)) }

    private static func context(_ tls: TLS) throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try tls.keyPair.chainDER.map { .certificate(try NIOSSLCertificate(bytes: $0, format: .der)) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: tls.keyPair.privateKeyPEM.copy(), format: .pem)))
        if let authority = tls.clientAuthorityPEM {
            settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            settings.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: settings)
    }
}
