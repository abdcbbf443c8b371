internal import HTTP1
internal import NIOCore

/// The way of the request: finding an upstream, and sending to it.
extension Exchange {
    // MARK: Finding an upstream

    /// A connection to the endpoint whose turn it is; one that was tried for this request is not tried again.
    ///
    /// - Returns: one that is idle, or one that is still to be made; nil when no endpoint is left.
    func nextConnection(of group: EndpointGroup) -> UpstreamConnection? {
        guard let endpoint = tries == 0 ? group.next() : group.next(excluding: tried) else { return nil }
        tries += 1
        log?.endpoint = endpoint.address
        return endpoint.takeIdle() ?? UpstreamConnection(loop: loop, endpoint: endpoint)
    }

    /// Puts the request on a connection that has its head. It is sent by ``pump(_:)``, once the connection is there.
    func go(on connection: UpstreamConnection) {
        self.connection = connection
        isHeadUnsent = true
        if connection.phase == .idle {
            phase = .awaiting
            connection.begin(self, method, upgrades: upgrades)
        } else {
            phase = .connecting
            countingBeginsToConnect()
            connection.connect(for: self)
        }
    }

    /// The connection that was asked for is there.
    func upstreamConnected(_ connection: UpstreamConnection) {
        countingIsConnected()
        go(on: connection)
        downstream.resumeRequest()
    }

    /// The connection that was asked for cannot be had; nothing was sent, so any request may go elsewhere.
    func upstreamConnectFailed(_ failed: UpstreamConnection) {
        connection = nil
        tried = tried + [failed.endpoint]
        guard let group, tries < loop.configuration.limits.upstreamTriesMax, let next = nextConnection(of: group) else {
            return answer(LocalAnswer(status: 502))
        }
        next.head = failed.head
        go(on: next)
        if phase == .awaiting { downstream.resumeRequest() }
    }

    /// The connection failed with the request on it.
    func upstreamFailed(_ failure: UpstreamConnection.Failure, wasReused: Bool) {
        guard let failed = connection else { return }
        log?.responseBodyBytes = failed.responseBodyBytes
        connection = nil
        switch (phase, failure) {
        case (.awaiting, .closedSilently):
            // A pooled connection that the upstream closed while the request was on its way. RFC 9110 §9.2.2: sending again is safe for
            // an idempotent method; we ask besides that nothing of a body was sent, since that is gone.
            guard wasReused, method.isIdempotent, !hasSentBody, !hasRetriedStale, !failed.endpoint.isRetired else {
                return answer(LocalAnswer(status: 502))
            }
            hasRetriedStale = true
            loop.counters.staleRetries &+= 1
            let fresh = UpstreamConnection(loop: loop, endpoint: failed.endpoint)
            fresh.head = failed.head
            go(on: fresh)
        case (.awaiting, .timedOut):
            answer(LocalAnswer(status: 504))
        case (.awaiting, .closedInResponse), (.awaiting, .malformed):
            answer(LocalAnswer(status: 502))
        case (.responding, _):
            cut()
        case (.none, _), (.lookingUp, _), (.connecting, _), (.discarding, _), (.tunnel, _):
            preconditionFailure("an upstream failed in phase \(phase), when it is not the exchange's")
        }
    }

    // MARK: Sending

    /// Sends what is there of the request, in one write. What cannot be sent now is left in the input.
    ///
    /// - Returns: whether it is worth calling again when more has arrived; false while the upstream is not ready, which resumes the
    ///   downstream connection when it is.
    /// - Throws: what is wrong with the framing of the body; the exchange goes on until it is told.
    func pump(_ input: inout ByteBuffer) throws(MessageFault) -> Bool {
        switch phase {
        case .awaiting, .responding:
            guard let connection, !connection.isSendingBlocked else { return false }
            if isRequestComplete {
                if isHeadUnsent { sendHead(on: connection) }
            } else {
                try sendBody(from: &input, on: connection)
            }
            return true
        case .discarding:
            var nowhere = ByteBuffer()
            isRequestComplete = try BodyRelay.move(&requestBody, .discard, from: &input, to: &nowhere)
            if isRequestComplete { phase = .none }
            return true
        case .none, .lookingUp, .connecting, .tunnel:
            return false
        }
    }

    /// Whether ``pump(_:)`` would take bytes of the body now.
    var takesBody: Bool {
        switch phase {
        case .awaiting, .responding: connection.map { !$0.isSendingBlocked } ?? false
        case .discarding: true
        case .none, .lookingUp, .connecting, .tunnel: false
        }
    }

    @inline(__always)
    private func sendHead(on connection: UpstreamConnection) {
        isHeadUnsent = false
        connection.expectResponse()
        let head = connection.head
        connection.send(head)
    }

    private func sendBody(from input: inout ByteBuffer, on connection: UpstreamConnection) throws(MessageFault) {
        // A large piece goes out in the memory that it came in, unless the head has to go in front of it.
        var output = isHeadUnsent || input.readableBytes < BodyRelay.copiedBytesMax ? loop.takeOutput() : .handedOver
        if isHeadUnsent {
            let head = connection.head
            output.bytes.writeImmutableBuffer(head)
            isHeadUnsent = false
            // The upstream has to say `100 Continue`, or something final, before there will be a body.
            if expectsContinue { connection.expectResponse() }
        }
        let headBytes = output.bytes.readableBytes
        defer { loop.giveOutput(output) }
        isRequestComplete = try BodyRelay.move(&requestBody, .verbatim(trailers: true), from: &input, to: &output.bytes)
        let limit = loop.configuration.limits.requestBodyBytesMax
        guard limit == 0 || requestBodyBytes <= limit else { return bodyTooLarge() }
        if output.bytes.readableBytes > headBytes { hasSentBody = true }
        if isRequestComplete {
            connection.expectResponse()
        } else if expectsContinue, hasSentBody {
            connection.expectNothing()
        }
        if output.bytes.readableBytes > 0 { connection.send(output.bytes) }
    }

    /// A chunked body has grown over the limit. RFC 9110 §15.5.14.
    private func bodyTooLarge() {
        if phase == .responding { cut() } else { answer(LocalAnswer(status: 413)) }
    }

    /// The body is malformed, or ended before its end.
    func requestFailed(_ fault: MessageFault) {
        wantsKeepAlive = false
        switch phase {
        case .connecting, .awaiting: answer(LocalAnswer(status: fault.status))
        case .responding: cut()
        // One that is looked up has no body.
        case .discarding, .none, .lookingUp, .tunnel: break
        }
    }

    /// The rest of the body did not come in time.
    func requestTimedOut() {
        wantsKeepAlive = false
        switch phase {
        case .connecting, .awaiting: answer(LocalAnswer(status: 408))
        case .responding: cut()
        // One that is looked up has no body.
        case .discarding, .none, .lookingUp, .tunnel: break
        }
    }

    /// Whether downstream holds back a body until it hears `100 Continue`; then its silence is no fault of its.
    var isDownstreamWaiting: Bool { expectsContinue && !hasSentBody }

    /// The upstream does not keep up, or does again.
    func upstreamSendingBlockedChanged(_ isBlocked: Bool) {
        if isBlocked { downstream.pauseReading() } else { downstream.resumeRequest() }
    }
}
