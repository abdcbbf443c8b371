internal import Certificates
internal import HTTP1
internal import Logging
internal import NIOCore
internal import NIOSSL

/// Stands in front of a TLS connection until its ClientHello is complete, chooses the certificate, puts the TLS handler in place,
/// hands it the bytes and leaves; answers tls-alpn-01 challenges in the same way. The deadline of the handshake is the downstream
/// connection's.
final class ClientHelloHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loop: ProxyLoop
    private let connection: DownstreamConnection
    private var context: ChannelHandlerContext?
    private var reader = ClientHelloReader()
    private var received: ByteBuffer?
    private var isOver = false
    /// Whether the channel is handing over what it has read.
    private var isReading = false
    /// The challenge that is being looked up; what arrives meanwhile is kept.
    private var lookup: (identifier: String, number: UInt64)?

    init(loop: ProxyLoop, connection: DownstreamConnection) {
        self.loop = loop
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        guard let lookup else { return }
        self.lookup = nil
        loop.challengeResolver?.cancel(.tlsALPN01(identifier: lookup.identifier), lookup.number)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        // After a refusal the peer's bytes are dropped until the connection is gone.
        guard !isOver else { return }
        var arrived = unwrapInboundIn(data)
        if var earlier = received {
            received = nil
            earlier.writeBuffer(&arrived)
            arrived = earlier
        }
        if lookup != nil {
            // No client has more to say before it hears something.
            guard arrived.readableBytes <= ClientHelloReader.bytesKeptMax else { return sendAlert(Self.unexpectedMessage, context) }
            received = arrived
            return
        }
        switch reader.read(arrived.readableBytesUInt8Span) {
        case .needsMore: received = arrived
        case .complete(let hello): begin(hello, arrived, context)
        case .refused(let error): refuse(error, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
    }

    private func begin(_ hello: ClientHello, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if hello.isValidation { return validate(hello, bytes, context) }
        guard let certificates = loop.certificates else { return sendAlert(Self.internalError, context) }
        let credential = hello.serverName.flatMap { certificates.credential(for: $0) } ?? certificates.fallback
        let policies = loop.tlsPolicies
        let policy = policies.policies[policies.index(for: hello.serverName)]
        handOver(bytes, to: hello.serverName, context) { try self.loop.contexts.context(for: credential, policy) }
    }

    /// Puts the TLS handler in our place, with all the bytes.
    private func handOver(
        _ bytes: ByteBuffer, to name: String?, _ context: ChannelHandlerContext, _ tls: () throws -> NIOSSLContext
    ) {
        isOver = true
        do {
            try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: try tls()), position: .after(self))
        } catch {
            loop.logger.error("a certificate cannot be served", metadata: ["serverName": "\(name ?? "-")", "error": "\(error)"])
            sendAlert(Self.internalError, context)
            return
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        // In the midst of a read, the channel says itself when it is complete; twice would be work for nothing.
        if !isReading { context.fireChannelReadComplete() }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    // MARK: tls-alpn-01, RFC 8737 §3

    private func validate(_ hello: ClientHello, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let name = hello.serverName, let identifier = TLSALPN01Challenges.identifier(ofServerName: name) else {
            return sendAlert(Self.unrecognizedName, context)
        }
        if let keyAuthorization = loop.tlsChallenges.keyAuthorization(for: identifier) {
            return answer(identifier, keyAuthorization, bytes, context)
        }
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let outcome = loop.challengeResolver?.ask(.tlsALPN01(identifier: identifier), on: loop.eventLoop) { bound.value.lookedUp($0) }
        switch outcome {
        case nil, .some(.none): sendAlert(Self.unrecognizedName, context)
        case .known(let keyAuthorization): answer(identifier, keyAuthorization, bytes, context)
        case .waiting(let number):
            lookup = (identifier, number)
            received = bytes
        }
    }

    /// What was looked up is there, or is not, or took too long.
    private func lookedUp(_ keyAuthorization: String?) {
        guard let lookup, let context, let bytes = received else { return }
        self.lookup = nil
        received = nil
        guard !isOver else { return }
        guard let keyAuthorization else { return sendAlert(Self.unrecognizedName, context) }
        answer(lookup.identifier, keyAuthorization, bytes, context)
    }

    private func answer(_ identifier: String, _ keyAuthorization: String, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        connection.endsWithHandshake()
        handOver(bytes, to: identifier, context) { try self.loop.challengeContexts.context(for: identifier, keyAuthorization) }
    }

    // MARK: Refusals

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

    // RFC 8446 §6.
    private static let unexpectedMessage: UInt8 = 10
    private static let internalError: UInt8 = 80
    private static let unrecognizedName: UInt8 = 112
}
