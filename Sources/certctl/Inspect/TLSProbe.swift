internal import Core
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Synchronization

/// Asks a TLS server for its certificates, as a client that accepts any, so that bad ones can be looked at too.
struct TLSProbe {
    /// What the server showed.
    struct Answer: Sendable {
        /// DER, in the order in which the server sent them. RFC 8446 §4.4.2.
        let chain: [[UInt8]]
        /// Such as `TLSv1.3`.
        let version: String
        /// The application protocol that was agreed on; nil when none was. RFC 7301.
        let applicationProtocol: String?
        /// The address that answered.
        let address: String
    }

    let host: String
    let port: Int
    /// SNI; nil for an IP address, which RFC 6066 §3 does not allow there.
    let serverName: String?
    /// What the client offers. RFC 7301.
    var applicationProtocols = ["h2", "http/1.1"]

    /// Connects, shakes hands and hangs up.
    ///
    /// - Throws: what the connection or the handshake failed with, or ``Timeout``.
    func ask() async throws -> Answer {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.applicationProtocols = applicationProtocols
        let context = try NIOSSLContext(configuration: configuration)
        let answered = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Answer.self)
        let serverName = self.serverName
        let bootstrap = ClientBootstrap(group: answered.futureResult.eventLoop)
            .connectTimeout(TLSProbe.timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let chain = ReceivedChain()
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: serverName) { certificates, verified in
                        chain.set(certificates.compactMap { try? $0.toDERBytes() })
                        verified.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandlers(tls, ProbeHandler(chain: chain, answered: answered))
                }
            }
        let deadline = answered.futureResult.eventLoop.scheduleTask(in: TLSProbe.timeout) { answered.fail(Timeout()) }
        defer { deadline.cancel() }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: host, port: port).get()
        } catch {
            answered.fail(error)
            throw error
        }
        defer { channel.close(promise: nil) }
        return try await answered.futureResult.get()
    }

    fileprivate static func name(_ version: TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLSv1.0"
        case .tlsv11: "TLSv1.1"
        case .tlsv12: "TLSv1.2"
        case .tlsv13: "TLSv1.3"
        }
    }

    fileprivate static func text(of address: SocketAddress?) -> String {
        guard let host = address?.ipAddress, let port = address?.port else { return "unknown" }
        return ListenAddress(host: host, port: port).description
    }

    /// For the connection and the handshake together; a person is waiting.
    private static let timeout = TimeAmount.seconds(10)

    /// The server did not finish a handshake in time.
    struct Timeout: Error, CustomStringConvertible {
        var description: String { "no TLS handshake within \(TLSProbe.timeout.nanoseconds / 1_000_000_000) s" }
    }
}

/// What the verification callback saw, for the handler that reports it.
private final class ReceivedChain: Sendable {
    private let chain = Mutex<[[UInt8]]>([])

    func set(_ chain: [[UInt8]]) { self.chain.withLock { $0 = chain } }
    var value: [[UInt8]] { chain.withLock { $0 } }
}

/// Waits for the end of the handshake.
private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let chain: ReceivedChain
    private let answered: EventLoopPromise<TLSProbe.Answer>

    init(chain: ReceivedChain, answered: EventLoopPromise<TLSProbe.Answer>) {
        self.chain = chain
        self.answered = answered
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let protocolName) = event as? TLSUserEvent else { return }
        let version = (try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self))?.tlsVersion
        answered.succeed(
            TLSProbe.Answer(
                chain: chain.value, version: version.map(TLSProbe.name) ?? "unknown", applicationProtocol: protocolName,
                address: TLSProbe.text(of: context.remoteAddress)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answered.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answered.fail(ChannelError.eof)
    }
}
