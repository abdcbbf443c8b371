internal import NIOCore

/// What an exchange notes for the metrics of its rule: two looks at the clock and some additions for a request. Nothing is done while
/// ``counters`` is nil.
extension Exchange {
    /// The head of the request is there.
    @inline(__always)
    func countingBegins(headBytes: Int) {
        guard loop.requestMetrics != nil else { return }
        beganAt = NIODeadline.now().uptimeNanoseconds
        headAt = 0
        lastAt = 0
        connectNanoseconds = 0
        requestHeadBytes = UInt64(headBytes)
        sentBytes = 0
    }

    /// It is known which rule it belongs to.
    @inline(__always)
    func countingFindsRoute() {
        guard let metrics = loop.requestMetrics else { return }
        let found = metrics.counters(of: loop.matchedRoute, in: loop.routes)
        if counters !== found { counters = found }
    }

    func countingBeginsToConnect() {
        guard counters != nil else { return }
        connectBeganAt = NIODeadline.now().uptimeNanoseconds
    }

    func countingIsConnected() {
        guard counters != nil else { return }
        connectNanoseconds = NIODeadline.now().uptimeNanoseconds &- connectBeganAt
    }

    /// The head of the response has come; when all of the response came with it, the clock is not asked again.
    @inline(__always)
    func countingMeetsResponse() {
        guard counters != nil else { return }
        headAt = NIODeadline.now().uptimeNanoseconds
        lastAt = headAt
    }

    /// The exchange is over.
    ///
    /// - Parameter isComplete: whether by an end that was just read or written.
    @inline(__always)
    func countingEnds(isComplete: Bool) {
        guard let counters else { return }
        let end = lastAt != 0 && isComplete ? lastAt : NIODeadline.now().uptimeNanoseconds
        lastAt = 0
        counters.count(method, status: status)
        counters.observe(end &- beganAt, DurationHistogram.request)
        if headAt != 0 {
            counters.observe(headAt &- beganAt, .header)
            counters.observe(end &- beganAt, DurationHistogram.response)
        }
        if connectNanoseconds != 0 { counters.observe(connectNanoseconds, .connect) }
        counters.observe(requestHeadBytes &+ requestBodyBytes, SizeHistogram.request)
        counters.observe(sentBytes, SizeHistogram.response)
    }
}
