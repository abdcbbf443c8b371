internal import NIOCore

/// What follows a 101: bytes go through unread, each direction with its own end. RFC 9110 §7.8.
extension Exchange {
    /// The upstream has switched protocols; the 101 is sent.
    ///
    /// - Parameter bytes: what it sent behind the 101.
    func switched(withBytes bytes: ByteBuffer) {
        guard phase == .responding, let connection else { return }
        phase = .tunnel
        hasUpstreamEnded = false
        hasDownstreamEnded = false
        connection.allowHalfClosure()
        sentBytes &+= UInt64(bytes.readableBytes)
        if bytes.readableBytes > 0 { downstream.send(bytes) }
        if phase == .tunnel { downstream.becomeTunnel() }
    }

    func tunnel(fromUpstream bytes: ByteBuffer) {
        sentBytes &+= UInt64(bytes.readableBytes)
        downstream.send(bytes)
    }

    func tunnel(fromDownstream bytes: ByteBuffer) {
        connection?.sendInTunnel(bytes)
    }

    /// The upstream will send no more.
    func tunnelEndedByUpstream() {
        hasUpstreamEnded = true
        if hasDownstreamEnded { endTunnel() } else { downstream.closeOutputWhenSent() }
    }

    /// Downstream will send no more.
    func tunnelEndedByDownstream() {
        hasDownstreamEnded = true
        if hasUpstreamEnded { endTunnel() } else { connection?.closeOutputWhenSent() }
    }

    /// The upstream connection is gone.
    func tunnelClosedByUpstream() {
        connection = nil
        endTunnel()
    }

    private func endTunnel() {
        guard phase == .tunnel else { return }
        lastAt = 0
        phase = .none
        let connection = self.connection
        self.connection = nil
        connection?.endTunnel()
        finishRecord(isComplete: true)
        downstream.tunnelEnded()
    }
}
