internal import FoundationEssentials
internal import HTTP1
internal import NIOCore
internal import Routing
internal import Telemetry

/// The two spans of an exchange that is recorded: of the request that came, and of the one that goes upstream. Only these allocate.
final class ExchangeTrace {
    private let traceID: TraceID
    private let isRandom: Bool
    /// Of the request that came.
    private let spanID: SpanID
    /// Of the request that goes upstream; what is further upstream names it as its parent.
    private let upstreamSpanID: SpanID
    /// Who asked; nil when the trace begins here.
    private let parentID: SpanID?
    /// Nil when what came is malformed.
    private let traceState: TraceState?
    private let userAgent: String?
    /// Nanoseconds since 1970.
    private let start = ExchangeTrace.now()
    /// When the request was first put on a connection.
    private var upstreamBeganAt: NIODeadline?
    /// Its rule, if it came as far.
    var route: Route?

    /// A trace that goes on here.
    init(
        continuing context: TraceContext, _ traceState: TraceState?, _ head: borrowing RequestHead, _ bytes: Span<UInt8>,
        _ random: RequestIDs
    ) {
        var random = random
        traceID = context.traceID
        isRandom = context.isRandom
        parentID = context.parentID
        self.traceState = traceState
        spanID = SpanID(using: &random)
        upstreamSpanID = SpanID(using: &random)
        userAgent = Self.userAgent(head, bytes)
    }

    /// A trace that begins here.
    ///
    /// - Parameter low: the random half that it was picked by.
    init(beginningWith low: UInt64, _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ random: RequestIDs) {
        var random = random
        traceID = TraceID(high: random.next(), low: low) ?? TraceID(using: &random)
        isRandom = true
        parentID = nil
        // What came belongs to no trace that could be read.
        traceState = nil
        spanID = SpanID(using: &random)
        upstreamSpanID = SpanID(using: &random)
        userAgent = Self.userAgent(head, bytes)
    }

    /// 32 digits.
    var traceIDText: String { traceID.description }

    /// What goes upstream: our own `traceparent`, and `tracestate` as it came, if it was good.
    var edits: FieldEdits {
        var edits = FieldEdits()
        let context = TraceContext(traceID: traceID, parentID: upstreamSpanID, isSampled: true, isRandom: isRandom)
        // Neither name is reserved, and the value is made of digits.
        try? edits.set("traceparent", to: context.traceparent)
        if traceState == nil { try? edits.remove("tracestate") }
        return edits
    }

    /// The request is put on a connection; the first time counts.
    func upstreamBegins() {
        if upstreamBeganAt == nil { upstreamBeganAt = .now() }
    }

    // MARK: The spans

    /// Both spans, over.
    func spans(of log: ExchangeLog, _ record: AccessRecord) -> [TraceSpan] {
        let end = NIODeadline.now()
        var spans = [requestSpan(log, record, end)]
        if let upstreamBeganAt, let endpoint = log.endpoint {
            spans.append(upstreamSpan(log, record, endpoint, from: upstreamBeganAt, to: end))
        }
        return spans
    }

    private func requestSpan(_ log: ExchangeLog, _ record: AccessRecord, _ end: NIODeadline) -> TraceSpan {
        let method = Self.method(record.method)
        var span = TraceSpan(
            traceID: traceID, spanID: spanID, parentID: parentID,
            name: (method.isKnown ? method.name : "HTTP") + (route.map { " \($0.path)" } ?? ""),
            kind: .server, start: start, end: time(end, log))
        span.hasRemoteParent = parentID != nil
        span.traceState = traceState?.text ?? ""
        set(method, record.method, on: &span)
        span.set("url.scheme", record.isTLS ? "https" : "http")
        span.set("url.path", .text(record.path))
        span.set("server.address", .text(record.host))
        span.set("client.address", .text(record.downstreamAddress))
        span.set("network.protocol.version", log.isHTTP10 ? "1.0" : "1.1")
        if let userAgent { span.set("user_agent.original", .text(userAgent)) }
        if let route {
            span.set("http.route", .text(route.path))
            span.set("certctl.ingress", .text("\(route.ingress)"))
        }
        if let upstream = record.upstream { span.set("certctl.upstream", .text(upstream)) }
        span.set("certctl.request_id", .text(record.requestID))
        if record.status != 0 { span.set("http.response.status_code", .number(record.status)) }
        span.set("http.request.body.size", .number(Int(clamping: record.requestBodyBytes)))
        span.set("http.response.body.size", .number(Int(clamping: record.responseBodyBytes)))
        if record.status >= 500 {
            fail(&span, "\(record.status)")
        } else if !record.isComplete {
            fail(&span, record.status == 499 ? "downstream_closed" : "response_incomplete")
        }
        return span
    }

    private func upstreamSpan(
        _ log: ExchangeLog, _ record: AccessRecord, _ endpoint: UpstreamEndpoint, from began: NIODeadline, to end: NIODeadline
    ) -> TraceSpan {
        let method = Self.method(record.method)
        var span = TraceSpan(
            traceID: traceID, spanID: upstreamSpanID, parentID: spanID, name: method.isKnown ? method.name : "HTTP", kind: .client,
            start: time(began, log), end: time(end, log))
        span.traceState = traceState?.text ?? ""
        set(method, record.method, on: &span)
        span.set("server.address", .text(endpoint.address))
        span.set("server.port", .number(endpoint.port))
        // Without the query, which often holds secrets.
        span.set("url.full", .text("http://\(endpoint)\(record.path)"))
        span.set("url.path", .text(record.path))
        if record.tries > 1 { span.set("http.request.resend_count", .number(record.tries - 1)) }
        guard log.hasResponse else {
            switch record.status {
            case 504: fail(&span, "timeout")
            case 499: fail(&span, "cancelled")
            default: fail(&span, "connection_error")
            }
            return span
        }
        span.set("http.response.status_code", .number(record.status))
        if record.status >= 400 {
            fail(&span, "\(record.status)")
        } else if !record.isComplete {
            fail(&span, "response_incomplete")
        }
        return span
    }

    private func set(_ method: (name: String, isKnown: Bool), _ original: String, on span: inout TraceSpan) {
        span.set("http.request.method", .text(method.name))
        if !method.isKnown { span.set("http.request.method_original", .text(original)) }
    }

    private func fail(_ span: inout TraceSpan, _ type: String) {
        span.set("error.type", .text(type))
        span.failure = ""
    }

    private func time(_ moment: NIODeadline, _ log: ExchangeLog) -> UInt64 {
        start &+ UInt64(max((moment - log.began).nanoseconds, 0))
    }

    /// The methods that semantic conventions know; another one would make a name for itself in somebody's dashboard.
    private static func method(_ name: String) -> (name: String, isKnown: Bool) {
        switch name {
        case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH": (name, true)
        default: ("_OTHER", false)
        }
    }

    private static func userAgent(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> String? {
        head.fields.value(of: .userAgent).map { String(copying: bytes.extracting($0)) }
    }

    private static func now() -> UInt64 {
        // To a quarter of a microsecond, which a sum of seconds in floating point can still tell apart.
        UInt64(max(0, Date().timeIntervalSince1970) * 1e9)
    }
}
