internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import PKI

extension FakeAPIServer {
    typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, SendableResponsePart>
    typealias SendableResponsePart = HTTPPart<HTTPResponseHead, ByteBuffer>

    /// Puts HTTP, and TLS where it is asked for, on a new connection.
    static func initialize(_ channel: any Channel, tls: NIOSSLContext?) -> EventLoopFuture<HTTPChannel> {
        channel.eventLoop.makeCompletedFuture {
            if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
            try channel.pipeline.syncOperations.addHandler(ResponseFraming())
            return try HTTPChannel(wrappingChannelSynchronously: channel)
        }
    }

    /// NIO's own response part is not Sendable; this one is.
    final class ResponseFraming: ChannelOutboundHandler {
        typealias OutboundIn = SendableResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            let part: HTTPServerResponsePart =
                switch unwrapOutboundIn(data) {
                case .head(let head): .head(head)
                case .body(let bytes): .body(.byteBuffer(bytes))
                case .end(let trailers): .end(trailers)
                }
            context.write(wrapOutboundOut(part), promise: promise)
        }
    }

    /// The common name in the client's certificate.
    static func clientCertificate(of channel: any Channel) async -> String? {
        guard let certificate = try? await channel.nioSSL_peerCertificate().get(), let der = try? certificate.toDERBytes() else {
            return nil
        }
        return try? Certificate(der: der).commonName
    }
}
