internal import Glibc
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// What a downstream and an upstream connection have in common: back-pressure both ways, one deadline, and the ways to end.
///
/// It is the last handler of its channel and lives on one loop. Reading stops by withholding the channel's `read`, which the
/// channel asks for after every arrival; writing that does not get through shows in ``isSendingBlocked``.
class PeerConnection: WheelEntry, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    final let loop: ProxyLoop
    /// Nil before the channel is set up and after it is gone.
    final private(set) var context: ChannelHandlerContext?
    final private var isReadingPaused = false
    final private var isReadWithheld = false
    final private var pacer = SendPacer()
    /// The way past the channel's queue; nil where TLS stands in between, which has its own (``CiphertextWriter``).
    final private var socket: DirectSocket?
    /// What writes to the socket where TLS stands in between.
    final private let ciphertextWriter: CiphertextWriter?
    /// Bytes that the kernel had not taken when ``hasSendingProgressed()`` looked last.
    final private var bytesLeftBefore = 0

    init(loop: ProxyLoop, ciphertextWriter: CiphertextWriter? = nil) {
        self.loop = loop
        self.ciphertextWriter = ciphertextWriter
    }

    // MARK: What subclasses say

    /// The channel is set up.
    func opened() {}
    /// Bytes have come. Their memory is the channel's, which reads into it again unless it is held on to.
    func arrived(_ bytes: ByteBuffer) {}
    /// The peer has ended its side in order. Only where the channel allows half-closure; elsewhere it closes.
    func peerEnded() {}
    /// TLS has been agreed on.
    func handshakeCompleted() {}
    /// Something is wrong with the connection: a reset, a TLS alert, an end of TCP without one of TLS. Nobody is there any more.
    func failed(_ error: any Error) { cut() }
    /// The connection has ended; nothing can be sent any more.
    func ended() {}
    /// The channel is gone. Comes after ``ended()``, which does not come when the connection never began.
    func closed() {}
    /// ``isSendingBlocked`` has changed.
    func sendingBlockedChanged() {}

    // MARK: Reading

    /// Stops reading. What the channel has read by then still arrives, and everything that is left once the peer has ended its side.
    final func pauseReading() {
        isReadingPaused = true
    }

    /// Reads again.
    final func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        guard isReadWithheld else { return }
        isReadWithheld = false
        context?.read()
    }

    final func read(context: ChannelHandlerContext) {
        if isReadingPaused { isReadWithheld = true } else { context.read() }
    }

    // MARK: Sending

    /// Whether the peer does not keep up, so that the source of what is sent should stop.
    final var isSendingBlocked: Bool { pacer.isBlocked }

    /// Sends bytes in one write and flush. After the connection has closed this does nothing.
    @inline(__always)
    final func send(_ bytes: ByteBuffer) {
        guard let context else { return }
        var bytes = bytes
        if socket?.send(&bytes) == true { return }
        if pacer.countSend() {
            sendWithBarrier(bytes, context)
        } else {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    private final func sendWithBarrier(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        pacer.isBarrierOpen = true
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.pacer.isBarrierOpen = false
            if self.isWaitingAtBarrier {
                self.isWaitingAtBarrier = false
                self.sendingBlockedChanged()
            }
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
        if pacer.isBarrierOpen {
            isWaitingAtBarrier = true
            sendingBlockedChanged()
        }
    }

    /// Whether subclasses were told of a barrier that did not fall at once.
    final private var isWaitingAtBarrier = false

    final func channelWritabilityChanged(context: ChannelHandlerContext) {
        let wasBlocked = pacer.isBlocked
        pacer.isChannelWritable = context.channel.isWritable
        if pacer.isBlocked != wasBlocked { sendingBlockedChanged() }
    }

    /// Whether the kernel has taken anything since the last call; tells a slow peer from one that stands still.
    final func hasSendingProgressed() -> Bool {
        let left = bytesToSend
        defer { bytesLeftBefore = left }
        return left < bytesLeftBefore
    }

    /// Bytes that were sent and that the kernel has not taken.
    private final var bytesToSend: Int {
        // A question to the channel costs a dozen casts, and here it nearly always answers zero.
        guard ciphertextWriter?.usesQueue ?? socket?.usesQueue ?? true else { return 0 }
        return (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: Ending

    /// Closes in order: over TLS with a close_notify. What was not sent is lost.
    final func close() {
        context?.close(promise: nil)
    }

    /// Closes in order once everything is sent, which it mostly is.
    ///
    /// Only after the handshake: until then TLS may hold back what the channel does not know of.
    final func closeWhenSent() {
        if bytesToSend == 0 { close() } else { afterSending { $0.close(promise: nil) } }
    }

    /// Ends our side once everything is sent; the peer may go on sending.
    final func closeOutputWhenSent() {
        afterSending { $0.close(mode: .output, promise: nil) }
    }

    private final func afterSending(_ action: @escaping (ChannelHandlerContext) -> Void) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { _ in
            if let context = self.context { action(context) }
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// Ends the connection so that the peer cannot take it for a proper end: no close_notify, and a reset instead of a FIN.
    final func cut() {
        guard let context else { return }
        // The pipeline's first outbound handler may be TLS, which would say goodbye first; so the close starts behind it.
        let provider = context.channel as? any SocketOptionProvider
        _ = provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        let first = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (first ?? context).close(promise: nil)
    }

    // MARK: The channel

    final func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if ciphertextWriter == nil { socket = DirectSocket(of: context.channel) }
        opened()
    }

    final func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        socket = nil
        loop.wheel.remove(self)
        closed()
    }

    @inline(__always)
    final func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        arrived(unwrapInboundIn(data))
    }

    /// Everything has been dealt with as it came; there is nobody behind us to be told.
    final func channelReadComplete(context: ChannelHandlerContext) {}

    final func channelInactive(context: ChannelHandlerContext) {
        ended()
    }

    final func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed: peerEnded()
        case TLSUserEvent.handshakeCompleted: handshakeCompleted()
        default: break
        }
    }

    final func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failed(error)
    }
}
