import NIOCore
import NIOPosix
import NIOSSL

/// A client over TLS for many short connections. Sends a request, and tells the status of the response.
struct TLSClient: Sendable {
    private let channel: any Channel
    private let answers: AsyncStream<Int>
    private let hasLeaf: EventLoopFuture<[UInt8]>

    static func connect(
        _ port: Int, name: String = "app.test", _ configuration: TLSConfiguration? = nil, on group: any EventLoopGroup
    ) async throws -> TLSClient {
        var trusting = TLSConfiguration.makeClientConfiguration()
        trusting.certificateVerification = .none
        let configuration = configuration ?? trusting
        let context = try NIOSSLContext(configuration: configuration)
        let (answers, continuation) = AsyncStream.makeStream(of: Int.self)
        let leaf = group.any().makePromise(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLClientHandler(context: context, serverHostname: name), Reader(continuation, leaf))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return TLSClient(channel: channel, answers: answers, hasLeaf: leaf.futureResult)
    }

    /// The leaf that is presented to a new handshake.
    static func certificate(
        _ port: Int, _ configuration: TLSConfiguration? = nil, on group: any EventLoopGroup
    ) async throws -> [UInt8] {
        let client = try await connect(port, configuration, on: group)
        let leaf = try await client.hasLeaf.get()
        try await client.close()
        return leaf
    }

    /// - Returns: the status; 0 when the connection ended without a response.
    func exchange(_ request: String) async throws -> Int {
        try await channel.writeAndFlush(ByteBuffer(string: request))
        for await status in answers { return status }
        return 0
    }

    func close() async throws {
        try? await channel.close()
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let answers: AsyncStream<Int>.Continuation
        private let leaf: EventLoopPromise<[UInt8]>

        init(_ answers: AsyncStream<Int>.Continuation, _ leaf: EventLoopPromise<[UInt8]>) {
            (self.answers, self.leaf) = (answers, leaf)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() else { return }
            leaf.succeed((try? certificate.toDERBytes()) ?? [])
        }

        /// Responses are small, so that each comes in one piece.
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let words = String(buffer: unwrapInboundIn(data)).split(separator: " ", maxSplits: 2)
            answers.yield(words.count > 1 ? Int(words[1]) ?? 0 : 0)
        }

        func channelInactive(context: ChannelHandlerContext) {
            answers.finish()
            leaf.fail(ChannelError.eof)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
