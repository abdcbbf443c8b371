internal import Certificates
internal import HTTP1
internal import NIOCore
internal import Routing

/// One request and its response, from the head of the one to the end of the other. Every downstream connection has one, which is used
/// again for each request, so that nothing is allocated per request.
///
/// It decides and moves bytes; reading, closing and time belong to the two connections. Calls between the three are plain calls on one
/// loop, and each may end the exchange at once (a send that fails closes its connection before it returns), so a function that sends
/// does so last, or looks at ``phase`` again.
final class Exchange {
    enum Phase {
        /// There is no request, or it has been dealt with.
        case none
        /// Its http-01 token is being looked up; nothing is decided, and the head is still in the downstream connection's input.
        case lookingUp
        /// There is no connection to an upstream yet.
        case connecting
        /// The request is being sent, or has been; nothing of a final response has come.
        case awaiting
        /// The response is on its way.
        case responding
        /// The response is complete, the request is not: its body is read to find its end.
        case discarding
        /// Bytes go both ways unread since a 101.
        case tunnel
    }

    /// Lets go of its exchange when it closes.
    let downstream: DownstreamConnection
    let loop: ProxyLoop
    var phase = Phase.none

    // The request.
    var method = Method.get
    var version = ProtocolVersion.http11
    var wantsKeepAlive = false
    var expectsContinue = false
    var upgrades = false
    var acceptsTrailers = false
    var framing = Framing.none
    var requestBody = BodyDecoder()
    /// Whether the request has been read to its end.
    var isRequestComplete = true
    var isHeadUnsent = false
    /// Whether an upstream may have seen any of the body, so that another must not.
    var hasSentBody = false

    // The token that is being looked up.
    private var lookup: (token: String, number: UInt64)?
    /// Bytes that the downstream connection keeps for it.
    private(set) var heldHeadBytes = 0

    // The upstream.
    var group: EndpointGroup?
    var connection: UpstreamConnection?
    var tried: [Endpoint] = []
    var tries = 0
    var hasRetriedStale = false
    var hasUpstreamEnded = false
    var hasDownstreamEnded = false

    // The response.
    /// What the TLS policy of the host adds.
    var responseFields = FieldEdits()
    var plan = ResponsePlan.none
    var status = 0
    /// Nil unless there is an access log, or the exchange is recorded in a trace.
    var log: ExchangeLog?

    // For the metrics; times in nanoseconds.
    /// Those of its rule; nil when requests are not counted, and before the first one is.
    var counters: RouteCounters?
    var beganAt: UInt64 = 0
    /// When the head of the response came; 0 before.
    var headAt: UInt64 = 0
    /// The time while it is known well enough, else 0.
    var lastAt: UInt64 = 0
    var connectBeganAt: UInt64 = 0
    /// How long it took to connect; 0 on a connection that was there.
    var connectNanoseconds: UInt64 = 0
    var requestHeadBytes: UInt64 = 0
    /// Bytes handed to the downstream connection.
    var sentBytes: UInt64 = 0

    init(downstream: DownstreamConnection, loop: ProxyLoop) {
        self.downstream = downstream
        self.loop = loop
    }

    // MARK: Beginning

    /// Begins with the request whose head is at the start of the input, and steps behind the head. The body is left to ``pump(_:)``.
    func begin(_ head: borrowing RequestHead, _ input: inout ByteBuffer) {
        take(head)
        countingBegins(headBytes: head.length)
        setResponseFields(head, input.readableBytesUInt8Span)
        if loop.isObserved { observe(head, input.readableBytesUInt8Span) }
        carryOut(loop.decide(head, input.readableBytesUInt8Span, isTLS: downstream.isTLS), head, &input)
    }

    /// RFC 6797 §7.2: only over TLS. By the host of the request, not of the handshake: it is that host which browsers will remember.
    @inline(__always)
    private func setResponseFields(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        guard downstream.isTLS else { return }
        if !loop.policyFields.isEmpty {
            responseFields = loop.policyFields[loop.tlsPolicies.index(for: bytes.extracting(head.authorityRange ?? 0..<0))]
        } else if !responseFields.isEmpty {
            responseFields = FieldEdits()
        }
    }

    private func carryOut(_ decision: RequestDecision, _ head: borrowing RequestHead, _ input: inout ByteBuffer) {
        countingFindsRoute()
        switch decision {
        case .answer(let answer):
            input.moveReaderIndex(forwardBy: head.length)
            self.answer(answer)
        case .forward(let upstream):
            let group = loop.upstreams.group(of: upstream)
            if let log {
                log.upstream = upstream.name
                log.trace?.route = loop.routes.route(loop.matchedRoute)
            }
            guard let connection = nextConnection(of: group) else {
                // The endpoints went away between the decision and now.
                input.moveReaderIndex(forwardBy: head.length)
                return self.answer(LocalAnswer(status: 503))
            }
            self.group = group
            writeRequestHead(head, input.readableBytesSpan, on: connection)
            input.moveReaderIndex(forwardBy: head.length)
            go(on: connection)
        case .lookUp(let token):
            lookUp(token, head, &input)
        }
    }

    // MARK: Tokens that are not known

    private func lookUp(_ token: String, _ head: borrowing RequestHead, _ input: inout ByteBuffer) {
        guard let resolver = loop.challengeResolver else { return proceed(head, &input, knowing: .unknown) }
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let requests = downstream.requestCount
        let outcome = resolver.ask(.http01(token: token), on: loop.eventLoop) { bound.value.lookedUp($0, inRequest: requests) }
        switch outcome {
        case .none: proceed(head, &input, knowing: .unknown)
        case .known(let keyAuthorization): proceed(head, &input, knowing: .found(keyAuthorization))
        case .waiting(let number):
            lookup = (token, number)
            heldHeadBytes = head.length
            phase = .lookingUp
        }
    }

    /// What was looked up is there, or is not, or took too long.
    private func lookedUp(_ keyAuthorization: String?, inRequest number: Int) {
        guard phase == .lookingUp, downstream.requestCount == number else { return }
        lookup = nil
        downstream.decideAgain(knowing: keyAuthorization.map { .found($0) } ?? .unknown)
    }

    /// Decides again about the request that ``begin(_:_:)`` left where it was.
    func proceed(_ head: borrowing RequestHead, _ input: inout ByteBuffer, knowing token: TokenKnowledge) {
        phase = .connecting
        heldHeadBytes = 0
        carryOut(loop.decide(head, input.readableBytesUInt8Span, isTLS: downstream.isTLS, knowing: token), head, &input)
    }

    private func dropLookup() {
        heldHeadBytes = 0
        guard let lookup else { return }
        self.lookup = nil
        loop.challengeResolver?.cancel(.http01(token: lookup.token), lookup.number)
    }

    private func take(_ head: borrowing RequestHead) {
        phase = .connecting
        loop.counters.exchangesActive &+= 1
        method = head.method
        version = head.version
        wantsKeepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
        upgrades = head.upgrade != .none
        acceptsTrailers = head.acceptsTrailers
        framing = head.framing
        isRequestComplete = head.framing == .none || head.framing == .length(0)
        if head.framing != .none { requestBody.reset(head.framing) }
        hasSentBody = false
        hasRetriedStale = false
        tries = 0
        status = 0
    }

    /// Writes the head as it goes upstream. It stays with the connection, since it may have to be sent again on another.
    private func writeRequestHead(_ head: borrowing RequestHead, _ bytes: RawSpan, on connection: UpstreamConnection) {
        if head.authorityRange == nil {
            // HTTP/1.0 knows requests without Host, HTTP/1.1 does not; the upstream is told its own address then, as nginx does.
            var options = UpstreamRequestOptions()
            options.authorityIfMissing = try? FieldValue(connection.endpoint.address.description)
            if let edits = log?.traceEdits { options.edits = edits }
            write(head, bytes, options, on: connection)
        } else if let edits = log?.traceEdits {
            var options = Self.options
            options.edits = edits
            write(head, bytes, options, on: connection)
        } else {
            write(head, bytes, Self.options, on: connection)
        }
    }

    private func write(
        _ head: borrowing RequestHead, _ bytes: RawSpan, _ options: borrowing UpstreamRequestOptions, on connection: UpstreamConnection
    ) {
        let requestID = loop.requestIDs.nextSeed()
        if let log {
            log.requestID(head, bytes, requestID)
            log.trace?.upstreamBegins()
        }
        let identity = downstream.identity
        var buffer = connection.takeHead()
        let room = head.upstreamBytesMax(identity: identity, options: options)
        buffer.writeWithOutputRawSpan(minimumWritableBytes: room) { span in
            head.writeUpstream(bytes, identity: identity, options: options, requestID: requestID, into: &span)
        }
        connection.head = buffer
        isHeadUnsent = true
    }

    private static let options = UpstreamRequestOptions()

    // MARK: Ending

    /// Ends with an answer of our own.
    func answer(_ answer: LocalAnswer) {
        dropUpstream()
        status = answer.status
        loop.counters.countResponse(status: answer.status)
        loop.counters.localAnswers &+= 1
        let keepAlive = mayKeepAlive && (isRequestComplete || isRestWorthReading)
        let isHEAD = method == .head
        var answer = answer
        if !responseFields.isEmpty { answer.fields.add(responseFields) }
        if !isHEAD { log?.localBodyBytes = answer.body.count }
        let bytes = loop.bytes(of: answer, isHEAD: isHEAD, version: version, keepAlive: keepAlive)
        sentBytes &+= UInt64(bytes.readableBytes)
        downstream.send(bytes)
        if phase != .none { conclude(keepAlive: keepAlive) }
    }

    /// Content bytes of the request body so far.
    var requestBodyBytes: UInt64 { framing == .none ? 0 : requestBody.contentBytes }

    /// Whether the connection may be kept after the response.
    var mayKeepAlive: Bool { wantsKeepAlive && !loop.isDraining && downstream.mayServeMore }

    /// Whether reading the rest of a body that nobody wants costs less than a new connection. Not when downstream may be waiting for
    /// leave to send it: after a final answer it need not send it at all. RFC 9110 §10.1.1.
    private var isRestWorthReading: Bool {
        guard case .length(let length) = framing, !expectsContinue || requestBodyBytes > 0 else { return false }
        return length - requestBodyBytes <= Self.restBytesMax
    }

    /// The response has been handed to the downstream connection in full.
    func conclude(keepAlive: Bool) {
        finishRecord(isComplete: true)
        if isRequestComplete {
            phase = .none
            downstream.exchangeConcluded(keepAlive: keepAlive)
        } else {
            phase = .discarding
            downstream.exchangeConcluded(keepAlive: keepAlive && isRestWorthReading)
        }
    }

    /// Ends so that downstream learns that the response is not complete.
    func cut() {
        guard phase != .none else { return }
        dropLookup()
        dropUpstream()
        loop.counters.exchangesCut &+= 1
        finishRecord(isComplete: false)
        phase = .none
        downstream.cut()
    }

    /// The downstream connection is gone.
    func downstreamClosed() {
        switch phase {
        case .none:
            break
        case .discarding:
            phase = .none
        case .tunnel:
            phase = .none
            // What downstream sent before it left still goes upstream.
            connection?.endTunnel()
            connection = nil
            finishRecord(isComplete: true)
        case .lookingUp, .connecting, .awaiting, .responding:
            dropLookup()
            dropUpstream()
            // What nginx calls it when a client leaves without an answer.
            if status == 0 { status = 499 }
            loop.counters.exchangesCut &+= 1
            finishRecord(isComplete: false)
            phase = .none
        }
    }

    /// Lets go of the upstream in the middle of things.
    private func dropUpstream() {
        guard let connection else { return }
        self.connection = nil
        log?.responseBodyBytes = connection.responseBodyBytes
        connection.abandon()
    }

    func finishRecord(isComplete: Bool) {
        loop.counters.exchangesActive &-= 1
        countingEnds(isComplete: isComplete)
        group = nil
        if !tried.isEmpty { tried = [] }
        if let log { endObservation(log, isComplete: isComplete) }
    }

    /// As much as one read brings at most, times two.
    private static let restBytesMax: UInt64 = 64 * 1024
}

extension ResponsePlan {
    /// Before there is a response.
    static let none = ResponseHeadParser().head.plan(for: .http11, keepAlive: false)
}
