internal import Glibc
internal import Logging
internal import NIOCore

/// Decides when a listener accepts: not beyond the connection limit of its loop, and not for a while when the system is out of
/// descriptors. Without it a listener that cannot accept is readable for ever and the loop spins.
///
/// Sits in the pipeline of the listening channel and withholds `read`, on which that channel's next accept depends.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let loop: ProxyLoop
    private var context: ChannelHandlerContext?
    private var isBackingOff = false
    private var withholdsRead = false

    init(loop: ProxyLoop) {
        self.loop = loop
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.listeners.append(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.listeners.removeAll { $0 === self }
    }

    func read(context: ChannelHandlerContext) {
        if loop.mayAccept && !isBackingOff {
            context.read()
        } else if !withholdsRead {
            withholdsRead = true
            loop.counters.acceptPauses &+= 1
        }
    }

    /// Accepts again if that is possible; called when a connection has closed.
    func resume() {
        guard withholdsRead, loop.mayAccept, !isBackingOff, let context else { return }
        withholdsRead = false
        context.read()
    }

    /// Stops listening; connections that were accepted live on.
    func close() {
        context?.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError, Self.isExhaustion(failure.errnoCode) else {
            // A peer that left before it was accepted, for one. The listener goes on.
            loop.logger.debug("accepting failed", metadata: ["error": "\(error)"])
            return
        }
        isBackingOff = true
        loop.logger.error("accepting pauses", metadata: ["error": "\(failure)", "pause": "\(Self.backOff)"])
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.backOff) {
            self.isBackingOff = false
            self.resume()
        }
    }

    private static func isExhaustion(_ code: CInt) -> Bool {
        switch code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: true
        default: false
        }
    }

    /// Long enough for the loop to serve and close connections, short enough that the backlog outlasts it. As nginx's
    /// `accept_mutex_delay`.
    private static let backOff = TimeAmount.milliseconds(500)
}
