internal import Certificates
internal import HTTP1
internal import Logging
internal import NIOCore
internal import NIOSSL

/// Stands in front of a TLS connection until its ClientHello is complete, chooses the certificate, puts the TLS handler in place,
/// hands it the bytes and leaves. The deadline of the handshake is the downstream connection's.
final class ClientHelloHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loop: ProxyLoop
    private var reader = ClientHelloReader()
    private var received: ByteBuffer?
    private var isOver = false

    init(loop: ProxyLoop) {
        self.loop = loop
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After a refusal the peer's bytes are dropped until the connection is gone.
        guard !isOver else { return }
        var arrived = unwrapInboundIn(data)
        if var earlier = received {
            received = nil
            earlier.writeBuffer(&arrived)
            arrived = earlier
        }
        switch reader.read(arrived.readableBytesUInt8Span) {
        case .needsMore: received = arrived
        case .complete(let hello): begin(hello, arrived, context)
        case .refused(let error): refuse(error, context)
        }
    }

    private func begin(_ hello: ClientHello, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        isOver = true
        guard let certificates = loop.certificates else { return sendAlert(Self.internalError, context) }
        let credential = hello.serverName.flatMap { certificates.credential(for: $0) } ?? certificates.fallback
        do {
            let handler = NIOSSLServerHandler(context: try loop.contexts.context(for: credential))
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
        } catch {
            loop.logger.error(
                "a certificate cannot be served", metadata: ["server name": "\(hello.serverName ?? "-")", "error": "\(error)"])
            sendAlert(Self.internalError, context)
            return
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func refuse(_ error: ClientHelloError, _ context: ChannelHandlerContext) {
        isOver = true
        if case .notTLS(looksLikeHTTP: true) = error {
            // What nginx calls 497. Without it, a browser that was sent to http://host:8443 shows an empty page.
            let answer = LocalAnswer(status: 400, body: Array("This port speaks TLS: use https:// in the address.\n".utf8))
            finish(with: loop.bytes(of: answer, keepAlive: false), context)
        } else {
            sendAlert(error.alert, context)
        }
    }

    /// A fatal alert in a plaintext record of TLS 1.2. RFC 8446 §6.2 and §5.1.
    private func sendAlert(_ code: UInt8, _ context: ChannelHandlerContext) {
        isOver = true
        finish(with: context.channel.allocator.buffer(bytes: [21, 3, 3, 0, 2, 2, code]), context)
    }

    private func finish(with bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(bytes)).whenComplete { _ in bound.value.close(promise: nil) }
    }

    private static let internalError: UInt8 = 80
}
