internal import HTTP1
internal import Telemetry

/// What becomes of a request's place in a trace, decided by its head alone. W3C Trace Context §3.4, §4.
enum TraceDecision {
    /// It is not recorded, and what it says of traces goes upstream as it came.
    case passed
    /// It is not recorded, and what it says of traces is malformed, so it goes no further.
    case dropped
    /// It is recorded.
    case recorded(ExchangeTrace)

    /// Decides. A request that is not recorded costs a random number, or the reading of one field.
    init(_ tracing: RequestTracing, _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ random: RequestIDs) {
        let isPresent = head.fields.contains(.traceparent)
        if isPresent, !head.fields.repeats(.traceparent), let range = head.fields.value(of: .traceparent),
            let context = TraceContext(traceparent: bytes.extracting(range))
        {
            // Whoever asked does not record, so a span of ours would hang in the air; what is further upstream sees who really asked.
            guard context.isSampled else {
                self = .passed
                return
            }
            self = .recorded(ExchangeTrace(continuing: context, Self.traceState(head, bytes), head, bytes, random))
            return
        }
        let low = random.next()
        if tracing.sampler.samples(low: low) {
            self = .recorded(ExchangeTrace(beginningWith: low, head, bytes, random))
        } else {
            self = isPresent ? .dropped : .passed
        }
    }

    /// Nil when it is malformed.
    private static func traceState(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> TraceState? {
        var values: [[UInt8]] = []
        guard head.fields.contains(.tracestate) else { return TraceState(values) }
        for index in 0..<head.fields.count where head.fields[index].name == .tracestate {
            let value = bytes.extracting(head.fields[index].valueRange)
            values.append(value.indices.map { value[$0] })
        }
        return TraceState(values)
    }

    /// What goes upstream instead of what came; nil to leave it.
    var edits: FieldEdits? {
        switch self {
        case .passed: nil
        case .dropped: Self.withoutContext
        case .recorded(let trace): trace.edits
        }
    }

    private static let withoutContext: FieldEdits = {
        var edits = FieldEdits()
        // Both can be removed, as a test shows.
        try? edits.remove("traceparent")
        try? edits.remove("tracestate")
        return edits
    }()
}
