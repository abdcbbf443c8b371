internal import HTTP1
internal import Logging
internal import NIOCore

/// One connection to an endpoint. Speaks HTTP/1.1 as a client: one request at a time, reads the response, waits for the next request.
///
/// It knows its exchange while a request is on it, and tells it what comes. It never calls the exchange from inside a call of the
/// exchange, except that a send may fail at once.
final class UpstreamConnection: PeerConnection {
    enum Phase {
        /// Not connected yet.
        case connecting
        /// Waiting for a request.
        case idle
        /// A request is on it; a response head is awaited, final or interim.
        case head
        /// The response body is being read.
        case body
        /// The response is complete; the exchange has to decide.
        case responded
        /// Speaks something else since a 101.
        case tunnel
        case closed
    }

    /// Why a connection is of no use to its exchange any more.
    enum Failure {
        /// It closed before the first byte of a response.
        case closedSilently
        /// It closed, or was reset, inside a response.
        case closedInResponse
        /// What came is not HTTP.
        case malformed(MessageFault)
        /// Nothing came, or nothing was taken, for too long.
        case timedOut
    }

    let endpoint: Endpoint
    /// The head of the present request as it is sent; the memory is used again for the next one.
    var head = ByteBuffer()
    private(set) var phase = Phase.connecting
    private var exchange: Exchange?
    private var parser = ResponseHeadParser()
    private var decoder = BodyDecoder()
    /// The start of a head or of chunk framing that is not complete.
    private var partial: ByteBuffer?
    private var requestCount = 0
    private let openedAt: UInt64
    /// Whether the upstream said that it takes another request.
    private var keepAlive = false
    /// Whether the upstream owes us something, so that silence is a fault.
    private var isExpecting = false
    /// Whether any byte of the response has come.
    private var hasReceived = false
    /// Whether the end of the connection was not a proper one.
    private var hasErred = false

    init(loop: ProxyLoop, endpoint: Endpoint) {
        self.endpoint = endpoint
        openedAt = loop.wheel.now
        super.init(loop: loop)
    }

    /// Whether a request has been on it before the present one, so that it may turn out to have been closed long ago.
    var isReused: Bool { requestCount > 1 }

    // MARK: Called by the exchange

    /// Begins to connect. The exchange hears of the outcome, which may be before this returns.
    func connect(for exchange: Exchange) {
        self.exchange = exchange
        UpstreamConnector.connect(self, on: loop)
    }

    /// Emptied memory for ``head``.
    func takeHead() -> ByteBuffer {
        var buffer = head
        head = ByteBuffer()
        buffer.clear()
        return buffer
    }

    /// Takes on a request that is about to be sent.
    func begin(_ exchange: Exchange, _ method: Method, upgrades: Bool) {
        precondition(phase == .idle, "an upstream connection was given a request while it was \(phase)")
        self.exchange = exchange
        requestCount += 1
        parser.reset(for: method, upgradeWasAsked: upgrades)
        hasReceived = false
        keepAlive = false
        phase = .head
        disarm()
    }

    /// The request is sent in full, or something is awaited before the rest: from now on the upstream may not be silent for long.
    @inline(__always)
    func expectResponse() {
        isExpecting = true
        if !isSendingBlocked { loop.arm(self, after: loop.ticks.upstreamRead) }
    }

    /// The upstream has said that it takes the body: it owes us nothing until it has the whole of it.
    func expectNothing() {
        isExpecting = false
        if !isSendingBlocked { disarm() }
    }

    /// Content bytes of the response body so far.
    var responseBodyBytes: UInt64 { decoder.contentBytes }

    /// Request and response are complete: wait for the next request, or close when that is not possible.
    func finish() {
        exchange = nil
        isExpecting = false
        if head.capacity > Self.headCapacityMax { head = ByteBuffer() }
        guard phase == .responded, keepAlive, !hasErred, requestCount < loop.configuration.limits.requestsPerUpstreamConnectionMax,
            !isTooOld, !loop.isDraining
        else { return retire() }
        guard endpoint.keep(self, atMost: loop.configuration.limits.idleUpstreamConnectionsMax) else { return retire() }
        phase = .idle
        resumeReading()
        loop.arm(self, after: loop.ticks.upstreamKeepAlive)
    }

    /// The exchange has no use for it any more in the middle of things. What was not sent is lost.
    func abandon() {
        exchange = nil
        // While connecting it is kept for another request once it is there.
        if phase != .connecting { retire() }
    }

    /// Passes bytes of a tunnel on.
    func sendInTunnel(_ bytes: ByteBuffer) {
        if !isSendingBlocked { loop.arm(self, after: loop.ticks.upstreamRead) }
        send(bytes)
    }

    /// The tunnel is over; what it has sent still goes out.
    func endTunnel() {
        exchange = nil
        guard phase != .closed else { return }
        loop.arm(self, after: loop.ticks.upstreamSend)
        closeWhenSent()
    }

    private func retire() {
        disarm()
        if phase != .closed { close() }
    }

    /// By the wheel, which turns while there is a connection.
    private var isTooOld: Bool {
        loop.wheel.now - openedAt > (endpoint.isName ? loop.ticks.namedUpstreamAge : loop.ticks.upstreamAge)
    }

    // MARK: Connecting

    /// The connection is there.
    func connected() {
        guard phase == .connecting else { return }
        phase = .idle
        loop.counters.upstreamConnections &+= 1
        if let exchange {
            exchange.upstreamConnected(self)
        } else {
            requestCount = 0
            parser.reset(for: .get, upgradeWasAsked: false)
            if endpoint.keep(self, atMost: loop.configuration.limits.idleUpstreamConnectionsMax) {
                loop.arm(self, after: loop.ticks.upstreamKeepAlive)
            } else {
                close()
            }
        }
    }

    /// The connection could not be made.
    func connectFailed(_ error: any Error) {
        phase = .closed
        loop.counters.upstreamConnectFailures &+= 1
        loop.logger.debug("an endpoint cannot be reached", metadata: ["endpoint": "\(endpoint.address)", "error": "\(error)"])
        let exchange = self.exchange
        self.exchange = nil
        exchange?.upstreamConnectFailed(self)
    }

    // MARK: Reading

    override func arrived(_ bytes: ByteBuffer) {
        var bytes = bytes
        switch phase {
        case .head, .body:
            guard let exchange else { return }
            if isExpecting { loop.arm(self, after: loop.ticks.upstreamRead) }
            hasReceived = true
            if var earlier = partial {
                partial = nil
                earlier.writeBuffer(&bytes)
                bytes = earlier
            }
            read(&bytes, exchange)
        case .tunnel:
            loop.arm(self, after: loop.ticks.upstreamRead)
            exchange?.tunnel(fromUpstream: bytes)
        case .idle, .responded:
            // Bytes that belong to no request: whose answer would they become?
            keepAlive = false
            if phase == .idle { leaveIdle() }
        case .connecting, .closed:
            break
        }
    }

    private func read(_ bytes: inout ByteBuffer, _ exchange: Exchange) {
        var output = exchange.beginOutput(bytes.readableBytes)
        do throws(MessageFault) {
            while phase == .head, bytes.readableBytes > 0 {
                guard try parser.parse(bytes.readableBytesSpan) == .complete else { break }
                try readHead(&bytes, exchange, &output.bytes)
            }
            if phase == .body, try exchange.relayResponseBody(&decoder, from: &bytes, to: &output.bytes) { phase = .responded }
        } catch {
            loop.logger.info("an upstream broke HTTP", metadata: ["endpoint": "\(endpoint.address)", "error": "\(error)"])
            exchange.endOutput(output)
            fail(.malformed(error))
            return
        }
        finishReading(bytes, exchange, output)
    }

    private func readHead(_ bytes: inout ByteBuffer, _ exchange: Exchange, _ output: inout ByteBuffer) throws(MessageFault) {
        let outline = exchange.relayResponseHead(parser.head, bytes.readableBytesSpan, to: &output)
        bytes.moveReaderIndex(forwardBy: outline.length)
        switch outline.kind {
        case .interim:
            parser.resetAfterInterim()
        case .switching:
            phase = .tunnel
        case .final:
            keepAlive = outline.keepAlive
            decoder.reset(outline.framing)
            phase = .body
        }
    }

    private func finishReading(_ bytes: ByteBuffer, _ exchange: Exchange, _ output: Output) {
        switch phase {
        case .responded:
            if bytes.readableBytes > 0 { keepAlive = false }
            exchange.endOutput(output)
            exchange.responseCompleted()
        case .tunnel:
            loop.arm(self, after: loop.ticks.upstreamRead)
            exchange.endOutput(output)
            exchange.switched(withBytes: bytes)
        case .head, .body:
            // The rest is copied: the memory is the channel's, to be read into again.
            partial = bytes.readableBytes > 0 ? ByteBuffer(bytes: bytes.readableBytesView) : nil
            exchange.endOutput(output)
        case .connecting, .idle, .closed:
            break
        }
    }

    // MARK: Ends

    private func leaveIdle() {
        endpoint.forget(self)
        retire()
    }

    private func fail(_ failure: Failure) {
        guard let exchange else { return retire() }
        loop.counters.upstreamFailures &+= 1
        self.exchange = nil
        isExpecting = false
        let isReused = self.isReused
        retire()
        exchange.upstreamFailed(failure, wasReused: isReused)
    }

    override func ended() {
        let former = phase
        phase = .closed
        disarm()
        switch former {
        case .idle:
            endpoint.forget(self)
        case .head:
            fail(hasReceived ? .closedInResponse : .closedSilently)
        case .body:
            endBody()
        case .tunnel:
            let exchange = self.exchange
            self.exchange = nil
            exchange?.tunnelClosedByUpstream()
        case .connecting, .responded, .closed:
            break
        }
    }

    /// The connection has ended inside a body; that is the proper end of one without a length.
    private func endBody() {
        guard let exchange else { return }
        do throws(MessageFault) {
            if hasErred { throw .truncated }
            try decoder.end()
        } catch {
            fail(.closedInResponse)
            return
        }
        var output = exchange.beginOutput(0)
        exchange.relayResponseEnd(to: &output.bytes)
        exchange.endOutput(output)
        exchange.responseCompleted()
    }

    override func failed(_ error: any Error) {
        hasErred = true
        cut()
    }

    override func peerEnded() {
        if phase == .tunnel { exchange?.tunnelEndedByUpstream() }
    }

    /// Lets the two directions of the connection end one after the other; an HTTP connection is of no use without both.
    func allowHalfClosure() {
        try? context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
    }

    // MARK: Back-pressure and time

    override func sendingBlockedChanged() {
        if isSendingBlocked {
            _ = hasSendingProgressed()
            loop.arm(self, after: loop.ticks.upstreamSend)
        } else if isExpecting {
            loop.arm(self, after: loop.ticks.upstreamRead)
        } else {
            disarm()
        }
        exchange?.upstreamSendingBlockedChanged(isSendingBlocked)
    }

    /// The downstream has stopped taking, or takes again: while we do not read, silence is not the upstream's fault.
    func setReading(_ isReading: Bool) {
        if isReading {
            resumeReading()
            if isExpecting, !isSendingBlocked { loop.arm(self, after: loop.ticks.upstreamRead) }
        } else {
            pauseReading()
            if !isSendingBlocked { disarm() }
        }
    }

    override func deadlinePassed() {
        switch phase {
        case .idle:
            leaveIdle()
        case .head, .body:
            if isSendingBlocked, hasSendingProgressed() {
                loop.arm(self, after: loop.ticks.upstreamSend)
            } else {
                fail(.timedOut)
            }
        case .tunnel:
            let exchange = self.exchange
            self.exchange = nil
            retire()
            exchange?.tunnelClosedByUpstream()
        case .connecting, .responded, .closed:
            break
        }
    }

    /// A head that needed more than this was an exception; the memory is not kept for others.
    private static let headCapacityMax = 8 * 1024
}
