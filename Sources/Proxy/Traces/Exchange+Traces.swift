internal import HTTP1
internal import Telemetry

/// What an exchange notes for the access log and for traces. With both off there is nothing but one test of ``ProxyLoop/isObserved``.
extension Exchange {
    /// The head of the request is there.
    func observe(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        let decision = loop.configuration.tracing.map { TraceDecision($0, head, bytes, loop.requestIDs) } ?? .passed
        if case .passed = decision, loop.configuration.accessLog == nil { return }
        let log = ExchangeLog(head, bytes)
        log.traceEdits = decision.edits
        if case .recorded(let trace) = decision { log.trace = trace }
        self.log = log
    }

    /// The exchange is over.
    func endObservation(_ log: ExchangeLog, isComplete: Bool) {
        self.log = nil
        let sink = loop.configuration.accessLog
        guard sink != nil || log.trace != nil else { return }
        let record = log.record(of: self, isComplete: isComplete)
        if let trace = log.trace { loop.configuration.tracing?.sink.take(trace.spans(of: log, record)) }
        sink?(record)
    }
}
