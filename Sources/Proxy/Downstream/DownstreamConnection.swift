internal import HTTP1
internal import NIOCore

/// One connection from a client. Speaks HTTP/1.1 as a server: reads heads, gives each request to the ``Exchange``, one after the other in
/// the order in which they came (RFC 9112 §9.3.2), and decides when the connection ends.
final class DownstreamConnection: PeerConnection {
    enum Phase {
        /// TLS is being agreed on.
        case handshaking
        /// Nothing of the next request has come.
        case idle
        /// Part of a request head has come.
        case head
        /// A request is with the exchange, or its body is still to be read.
        case exchange
        case tunnel
        /// No further request is taken; to be closed once what is being worked on is done.
        case ending
        /// Our side is closed as soon as everything is sent; then the connection goes.
        case closing
        /// Our side is closed while the peer may still be sending; what it sends is dropped, so that it is not answered with a reset,
        /// which could overtake our last response. RFC 9112 §9.6.
        case lingering
        case closed
    }

    let isTLS: Bool
    private(set) var phase: Phase
    /// Its place in the loop's list; -1 when it is in none.
    var indexInLoop = -1
    private var parser = RequestHeadParser()
    private var exchange: Exchange?
    /// What has arrived and was not dealt with.
    private var unread: ByteBuffer?
    private(set) var requestCount = 0
    private var isProcessing = false
    /// Whether nothing is served: the handshake itself is the answer to a challenge.
    private var isOverAfterHandshake = false
    /// Whether the peer has ended its side; what it sent before still counts.
    private var hasInputEnded = false
    /// Made with the first request.
    private(set) lazy var remoteAddress = Self.address(of: context?.channel.remoteAddress)
    private(set) lazy var identity = makeIdentity()

    /// - Parameter ciphertextWriter: what stands before the socket when TLS does; nil without TLS.
    override init(loop: ProxyLoop, ciphertextWriter: CiphertextWriter?) {
        isTLS = ciphertextWriter != nil
        phase = isTLS ? .handshaking : .idle
        super.init(loop: loop, ciphertextWriter: ciphertextWriter)
    }

    /// Whether another request may follow the present one.
    var mayServeMore: Bool {
        requestCount < loop.configuration.limits.requestsPerConnectionMax && (!hasInputEnded || unread != nil || isProcessing)
    }

    // MARK: The channel

    override func opened() {
        loop.add(self)
        // The first head has the time of a head, not that of a connection kept alive: who connects has something to say.
        loop.arm(self, after: isTLS ? loop.ticks.handshake : loop.ticks.requestHead)
    }

    override func closed() {
        if phase == .handshaking { loop.counters.handshakeFailures &+= 1 }
        leave()
        loop.remove(self)
    }

    override func ended() {
        if phase != .handshaking { leave() }
    }

    private func leave() {
        guard phase != .closed else { return }
        phase = .closed
        disarm()
        unread = nil
        exchange?.downstreamClosed()
        exchange = nil
    }

    override func failed(_ error: any Error) {
        // A failed handshake ends with an alert, which a reset would overtake; the TLS handler closes after it.
        if phase != .handshaking { cut() }
    }

    /// The connection is a CA's, which only looks at the certificate.
    func endsWithHandshake() {
        isOverAfterHandshake = true
    }

    override func handshakeCompleted() {
        guard phase == .handshaking else { return }
        loop.counters.handshakes &+= 1
        // RFC 8737 §3: nothing may be exchanged on it.
        guard !isOverAfterHandshake else { return startClosing() }
        phase = .idle
        loop.arm(self, after: loop.ticks.requestHead)
    }

    // MARK: Arrivals

    override func arrived(_ bytes: ByteBuffer) {
        var bytes = bytes
        switch phase {
        case .handshaking, .idle, .head, .exchange:
            if var earlier = unread {
                unread = nil
                earlier.writeBuffer(&bytes)
                process(&earlier, isOwned: true)
            } else {
                process(&bytes, isOwned: false)
            }
        case .tunnel:
            exchange?.tunnel(fromDownstream: bytes)
        case .ending:
            // Only that there is something matters: see `finishEnding`.
            if unread == nil { unread = ByteBuffer(bytes: [0]) }
        case .closing, .lingering, .closed:
            break
        }
    }

    /// Deals with as much as possible of what has arrived.
    ///
    /// - Parameter isOwned: whether the memory is ours to keep; else it is the channel's, which reads into it again.
    private func process(_ bytes: inout ByteBuffer, isOwned: Bool) {
        isProcessing = true
        while advance(&bytes) {}
        isProcessing = false
        keep(bytes, isOwned: isOwned)
        settle()
    }

    private func keep(_ bytes: ByteBuffer, isOwned: Bool) {
        guard bytes.readableBytes > 0 else {
            unread = nil
            return
        }
        if isOwned {
            var bytes = bytes
            bytes.discardReadBytes()
            unread = bytes
        } else {
            unread = ByteBuffer(bytes: bytes.readableBytesView)
        }
    }

    /// One step; false when nothing more can be done with these bytes now.
    private func advance(_ bytes: inout ByteBuffer) -> Bool {
        switch phase {
        case .idle, .head:
            // A peer that does not take its responses gets no further ones.
            guard bytes.readableBytes > 0, !isSendingBlocked else { return false }
            return readHead(&bytes)
        case .exchange:
            return readBody(&bytes)
        case .handshaking, .tunnel, .ending, .closing, .lingering, .closed:
            return false
        }
    }

    private func readHead(_ bytes: inout ByteBuffer) -> Bool {
        do throws(MessageFault) {
            guard try parser.parse(bytes.readableBytesSpan, isFirst: phase == .idle) == .complete else {
                if phase == .idle {
                    phase = .head
                    loop.arm(self, after: loop.ticks.requestHead)
                }
                return false
            }
        } catch {
            refuse(error)
            return false
        }
        phase = .exchange
        requestCount += 1
        currentExchange().begin(parser.head, &bytes)
        return true
    }

    @inline(__always)
    private func currentExchange() -> Exchange {
        if let exchange { return exchange }
        let made = Exchange(downstream: self, loop: loop)
        exchange = made
        return made
    }

    private func readBody(_ bytes: inout ByteBuffer) -> Bool {
        guard let exchange else { return false }
        let wasComplete = exchange.isRequestComplete
        let before = bytes.readableBytes
        do throws(MessageFault) {
            guard try exchange.pump(&bytes) else { return false }
        } catch {
            bodyFailed(error, exchange)
            return false
        }
        if exchange.phase == .none, phase == .exchange { becomeIdle() }
        // The body of the next request may be in the same bytes, but not before this one is over.
        return phase != .exchange || (!wasComplete && bytes.readableBytes < before)
    }

    /// Where the next request begins is not known any more.
    private func bodyFailed(_ fault: MessageFault, _ exchange: Exchange) {
        if exchange.phase == .discarding { startClosing() } else { exchange.requestFailed(fault) }
    }

    /// After a round of processing: whether to read on, and until when something has to come.
    private func settle() {
        switch phase {
        case .idle where unread == nil, .head where hasInputEnded:
            if hasInputEnded { startClosing() } else { resumeReading() }
        case .idle, .head:
            if isSendingBlocked { pauseReading() } else { resumeReading() }
        case .exchange:
            guard let exchange, !exchange.isRequestComplete else {
                // More than the request has come, that is, the next one: it waits in the channel, not here.
                let held = exchange?.heldHeadBytes ?? 0
                if let unread, unread.readableBytes > held { pauseReading() } else { resumeReading() }
                if !isSendingBlocked { disarm() }
                return
            }
            let canProceed = exchange.takesBody
            if hasInputEnded, canProceed || unread == nil {
                // What is left, if anything, is no whole piece and never will be.
                return bodyFailed(.truncated, exchange)
            }
            if canProceed { resumeReading() } else if unread != nil { pauseReading() }
            if isSendingBlocked { return }
            if canProceed, !exchange.isDownstreamWaiting { loop.arm(self, after: loop.ticks.requestBody) } else { disarm() }
        case .ending:
            finishEnding()
        case .handshaking, .tunnel, .closing, .lingering, .closed:
            break
        }
    }

    // MARK: Called by the exchange

    /// The upstream is ready for (more of) the request.
    func resumeRequest() {
        guard phase == .exchange, !isProcessing else { return }
        var bytes = unread ?? ByteBuffer()
        unread = nil
        process(&bytes, isOwned: true)
    }

    /// The exchange knows more about the request whose head it left here.
    func decideAgain(knowing token: TokenKnowledge) {
        guard phase == .exchange, let exchange, var bytes = unread else { return }
        unread = nil
        isProcessing = true
        exchange.proceed(parser.head, &bytes, knowing: token)
        while advance(&bytes) {}
        isProcessing = false
        keep(bytes, isOwned: true)
        settle()
    }

    /// The response is complete as far as the exchange is concerned.
    func exchangeConcluded(keepAlive: Bool) {
        guard phase == .exchange else { return }
        if !keepAlive {
            phase = .ending
        } else if let exchange, exchange.isRequestComplete {
            becomeIdle()
        }
        guard !isProcessing else { return }
        if phase == .idle, unread != nil { processUnread() } else { settle() }
    }

    private func becomeIdle() {
        phase = loop.isDraining ? .ending : .idle
        if !isSendingBlocked { loop.arm(self, after: loop.ticks.keepAlive) }
    }

    private func processUnread() {
        guard !isProcessing, var bytes = unread else { return }
        unread = nil
        process(&bytes, isOwned: true)
    }

    func becomeTunnel() {
        phase = .tunnel
        disarm()
        resumeReading()
        if let bytes = unread {
            unread = nil
            exchange?.tunnel(fromDownstream: bytes)
        }
        if hasInputEnded { exchange?.tunnelEndedByDownstream() }
    }

    func tunnelEnded() {
        guard phase == .tunnel else { return }
        startClosing()
    }

    // MARK: Ends

    /// Answers what cannot be understood; the connection is of no use afterwards. RFC 9112 §2.2, §11.2.
    private func refuse(_ fault: MessageFault) {
        answerWithoutExchange(LocalAnswer(status: fault.status))
    }

    private func answerWithoutExchange(_ answer: LocalAnswer) {
        loop.counters.countResponse(status: answer.status)
        loop.counters.localAnswers &+= 1
        loop.configuration.accessLog?(ExchangeLog.notUnderstood(status: answer.status, bodyBytes: answer.body.count, on: self))
        send(loop.bytes(of: answer, keepAlive: false))
        guard phase != .closed else { return }
        phase = .ending
        // Whatever follows cannot be told from the request that was refused.
        unread = unread ?? ByteBuffer(bytes: [0])
        if !isProcessing { finishEnding() }
    }

    /// Ends our side: at once when the peer has nothing under way, else so that it can finish sending and read the last response.
    private func finishEnding() {
        let isRequestComplete = exchange?.isRequestComplete ?? true
        if hasInputEnded || (isRequestComplete && unread == nil) {
            startClosing()
        } else {
            phase = .lingering
            unread = nil
            resumeReading()
            closeOutputWhenSent()
            loop.arm(self, after: loop.ticks.lingering)
        }
    }

    private func startClosing() {
        phase = .closing
        unread = nil
        _ = hasSendingProgressed()
        loop.arm(self, after: loop.ticks.downstreamSend)
        closeWhenSent()
    }

    override func peerEnded() {
        guard !hasInputEnded else { return }
        hasInputEnded = true
        switch phase {
        case .handshaking, .lingering: close()
        case .idle where unread == nil, .head: startClosing()
        case .idle, .ending: break
        case .exchange: if !isProcessing { settle() }
        case .tunnel: exchange?.tunnelEndedByDownstream()
        case .closing, .closed: break
        }
    }

    /// The loop is being drained: close what is idle, and let the rest end after its response.
    func drain() {
        guard phase == .idle, unread == nil else { return }
        startClosing()
    }

    // MARK: Back-pressure and time

    override func sendingBlockedChanged() {
        if isSendingBlocked {
            _ = hasSendingProgressed()
            loop.arm(self, after: loop.ticks.downstreamSend)
        }
        exchange?.downstreamSendingBlockedChanged(isSendingBlocked)
        guard !isSendingBlocked else { return }
        switch phase {
        case .idle:
            loop.arm(self, after: loop.ticks.keepAlive)
            processUnread()
        case .head:
            loop.arm(self, after: loop.ticks.requestHead)
            processUnread()
        case .exchange:
            if !isProcessing { settle() }
        case .tunnel: disarm()
        case .closing, .ending: loop.arm(self, after: loop.ticks.downstreamSend)
        case .lingering: loop.arm(self, after: loop.ticks.lingering)
        case .handshaking, .closed: break
        }
    }

    override func deadlinePassed() {
        if isSendingBlocked {
            if hasSendingProgressed() { loop.arm(self, after: loop.ticks.downstreamSend) } else { giveUp() }
            return
        }
        switch phase {
        case .idle: startClosing()
        case .head: answerWithoutExchange(LocalAnswer(status: 408))
        case .exchange:
            if let exchange, exchange.phase != .discarding { exchange.requestTimedOut() } else { startClosing() }
        case .handshaking, .ending, .closing, .lingering: cut()
        case .tunnel, .closed: break
        }
    }

    /// The peer takes nothing any more.
    private func giveUp() {
        if let exchange, exchange.phase != .none { exchange.cut() } else { cut() }
    }
}

extension RequestHeadParser {
    /// Looks at the bytes of a head; of a new one when they are the first.
    @inline(__always)
    fileprivate mutating func parse(_ bytes: RawSpan, isFirst: Bool) throws(MessageFault) -> ParseProgress {
        if isFirst { reset() }
        return try parse(bytes)
    }
}
