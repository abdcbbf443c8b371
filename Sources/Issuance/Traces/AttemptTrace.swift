internal import Core
internal import FoundationEssentials
internal import Synchronization
internal import Telemetry

/// The trace of one attempt: a span for the whole, and below it what each order came to. Made only where traces are exported; attempts are
/// few, so every one is recorded. Holds no key and no token: CAs' words are as failures show them.
final class AttemptTrace: Sendable {
    let traceID: TraceID
    let rootID: SpanID
    let time: any TimeSource
    private let sink: any TraceSink
    private let start: UInt64
    private let attributes: [TraceSpan.Attribute]
    private let spans = Mutex<[TraceSpan]>([])

    init(_ item: CertificateItem, issuer: IssuerName, time: any TimeSource, sink: any TraceSink) {
        var random = SystemRandomNumberGenerator()
        traceID = TraceID(using: &random)
        rootID = SpanID(using: &random)
        self.time = time
        self.sink = sink
        start = time.now().traceTime
        attributes = [
            TraceSpan.Attribute("certctl.secret", .text("\(item.secret)")),
            TraceSpan.Attribute("certctl.issuer", .text("\(issuer)")),
            TraceSpan.Attribute("certctl.reason", .text(item.reason?.rawValue ?? "")),
            TraceSpan.Attribute("certctl.hosts", .list(Array(item.desired.names.all.prefix(Self.hostsMax)))),
        ]
    }

    /// Adds spans of the attempt that are over.
    func add(_ more: [TraceSpan]) {
        spans.withLock { spans in spans += more.prefix(max(Self.spansMax - spans.count, 0)) }
    }

    /// A span of this trace.
    func span(
        _ name: String, id: SpanID, parent: SpanID?, kind: TraceSpan.Kind = .internal, from start: UInt64, to end: UInt64
    ) -> TraceSpan {
        TraceSpan(traceID: traceID, spanID: id, parentID: parent, name: name, kind: kind, start: start, end: end)
    }

    /// The attempt is over: everything is handed on.
    func end(_ outcome: IssuanceAttempt.Outcome) {
        var root = span("issue certificate", id: rootID, parent: nil, from: start, to: time.now().traceTime)
        root.attributes = attributes
        switch outcome {
        case .issued: root.set("certctl.outcome", "issued")
        case .notNeeded: root.set("certctl.outcome", "not needed")
        case .notOurs(let reason):
            root.set("certctl.outcome", "not ours")
            root.set("certctl.detail", .text(reason))
        case .postponed(_, let reason):
            root.set("certctl.outcome", "postponed")
            root.set("certctl.detail", .text(reason))
        case .cancelled: root.set("certctl.outcome", "stopped")
        case .failed(let error, _):
            root.set("certctl.outcome", "failed")
            root.set("error.type", .text(error.fault.rawValue))
            root.failure = error.message
        }
        sink.take([root] + spans.withLock { $0 })
    }

    /// Names shown of a certificate.
    private static let hostsMax = 20
    /// Spans of one attempt beside the root. Beyond: left out. A certificate with 100 names has about 300.
    private static let spansMax = 400
}
