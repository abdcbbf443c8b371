internal import HTTP1
internal import NIOCore

/// The way of the response. Between ``beginOutput(_:)`` and ``endOutput()`` the upstream connection hands over what one arrival brought;
/// all of it goes downstream in one write.
extension Exchange {
    /// - Parameter arriving: bytes that have come; a large piece of a body goes out in the memory that it came in.
    @inline(__always)
    func beginOutput(_ arriving: Int) {
        isOutputLoops = phase != .responding || arriving < BodyRelay.copiedBytesMax
        output = isOutputLoops ? loop.takeOutput() : ByteBuffer()
    }

    /// Writes a head: interim ones to those that know them, of the final one also what follows from it.
    func relayResponseHead(_ head: borrowing ResponseHead, _ bytes: RawSpan) {
        // HTTP/1.0 has no interim responses. RFC 9110 §15.2.
        if head.isInterim, version == .http10 { return }
        plan = head.plan(for: version, keepAlive: head.isInterim || mayKeepAlive)
        let date = loop.date.now()
        let plan = plan
        output.writeWithOutputRawSpan(minimumWritableBytes: head.downstreamBytesMax(edits: Self.edits)) { span in
            head.writeDownstream(bytes, plan: plan, edits: Self.edits, date: date, into: &span)
        }
        guard !head.isInterim else { return }
        status = head.status
        phase = .responding
        releaseHead()
        loop.counters.countResponse(status: head.status)
        log?.responseBegan()
    }

    /// Moves what is there of the body.
    ///
    /// - Returns: whether the body is complete.
    @inline(__always)
    func relayResponseBody(_ decoder: inout BodyDecoder, from input: inout ByteBuffer) throws(MessageFault) -> Bool {
        try BodyRelay.move(&decoder, bodyMode, from: &input, to: &output)
    }

    /// Writes the end of a body that came up to the end of its connection.
    func relayResponseEnd() {
        BodyRelay.finish(bodyMode, to: &output)
    }

    private var bodyMode: BodyRelay.Mode {
        switch plan.body {
        case .none, .verbatim: .verbatim(trailers: acceptsTrailers)
        case .content: .content
        case .contentAsChunks: .contentAsChunks
        }
    }

    /// Sends what was put together.
    @inline(__always)
    func endOutput() {
        var bytes = ByteBuffer()
        swap(&bytes, &output)
        if bytes.readableBytes > 0 { downstream.send(bytes) }
        if isOutputLoops { loop.giveOutput(bytes) }
    }

    /// The response has been sent in full.
    func responseCompleted() {
        guard phase == .responding, let connection else { return }
        self.connection = nil
        log?.responseBodyBytes = connection.responseBodyBytes
        if isRequestComplete { connection.finish() } else { connection.abandon() }
        conclude(keepAlive: plan.keepAlive)
    }

    /// Downstream does not keep up, or does again.
    func downstreamSendingBlockedChanged(_ isBlocked: Bool) {
        switch phase {
        case .awaiting, .responding, .tunnel: connection?.setReading(!isBlocked)
        case .none, .connecting, .discarding: break
        }
    }

    private static let edits = FieldEdits()
}
