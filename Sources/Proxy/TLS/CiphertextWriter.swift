internal import NIOCore

/// Stands between the TLS handler and the socket and hands over what the former has encrypted; see ``DirectSocket``.
final class CiphertextWriter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var socket: DirectSocket?

    /// Whether bytes may be in the channel's queue.
    var usesQueue: Bool { socket?.usesQueue ?? true }

    func handlerAdded(context: ChannelHandlerContext) {
        socket = DirectSocket(of: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        socket = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        if socket?.send(&bytes) == true {
            promise?.succeed()
        } else {
            context.write(wrapOutboundOut(bytes), promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        // What was handed over needs none.
        if usesQueue { context.flush() }
    }
}
