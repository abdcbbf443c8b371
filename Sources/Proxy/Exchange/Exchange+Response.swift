internal import HTTP1
internal import NIOCore

/// The way of the response. The upstream connection hands over what one arrival brought piece by piece, and all of it goes downstream in
/// one write: ``beginOutput(_:)``, some relaying, ``endOutput(_:)``.
extension Exchange {
    /// Memory for what goes downstream, or none when there will be one large piece of a body, which goes out in the memory it came in.
    ///
    /// - Parameter arriving: bytes that have come.
    @inline(__always)
    func beginOutput(_ arriving: Int) -> Output {
        lastAt = 0
        return phase == .responding && arriving >= BodyRelay.copiedBytesMax ? .handedOver : loop.takeOutput()
    }

    /// Writes a head: interim ones to those that know them, of the final one also what follows from it.
    func relayResponseHead(_ head: borrowing ResponseHead, _ bytes: RawSpan, to output: inout ByteBuffer) -> ResponseOutline {
        let outline = ResponseOutline(head)
        // HTTP/1.0 has no interim responses. RFC 9110 §15.2.
        if outline.kind == .interim, version == .http10 { return outline }
        let plan = head.plan(for: version, keepAlive: outline.kind == .interim || mayKeepAlive)
        let date = loop.date.now()
        let fields = responseFields
        output.writeWithOutputRawSpan(minimumWritableBytes: head.downstreamBytesMax(edits: fields)) { span in
            head.writeDownstream(bytes, plan: plan, edits: fields, date: date, into: &span)
        }
        guard outline.kind != .interim else { return outline }
        self.plan = plan
        status = head.status
        phase = .responding
        loop.counters.countResponse(status: head.status)
        log?.responseBegan()
        countingMeetsResponse()
        return outline
    }

    /// Moves what is there of the body.
    ///
    /// - Returns: whether the body is complete.
    @inline(__always)
    func relayResponseBody(
        _ decoder: inout BodyDecoder, from input: inout ByteBuffer, to output: inout ByteBuffer
    ) throws(MessageFault) -> Bool {
        try BodyRelay.move(&decoder, bodyMode, from: &input, to: &output)
    }

    /// Writes the end of a body that came up to the end of its connection.
    func relayResponseEnd(to output: inout ByteBuffer) {
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
    func endOutput(_ output: Output) {
        sentBytes &+= UInt64(output.bytes.readableBytes)
        if output.bytes.readableBytes > 0 { downstream.send(output.bytes) }
        loop.giveOutput(output)
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
        case .none, .lookingUp, .connecting, .discarding: break
        }
    }
}
