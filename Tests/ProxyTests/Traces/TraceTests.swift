import Synchronization
import Telemetry
import Testing

@testable import Proxy

@Suite("Traces, W3C Trace Context §3 and §4") struct TraceTests {
    private final class Spans: TraceSink {
        private let state = Mutex<[TraceSpan]>([])
        var all: [TraceSpan] { state.withLock { $0 } }
        func take(_ spans: [TraceSpan]) { state.withLock { $0 += spans } }
    }

    private final class Log: Sendable {
        private let state = Mutex<[AccessRecord]>([])
        var all: [AccessRecord] { state.withLock { $0 } }
        func add(_ record: AccessRecord) { state.withLock { $0.append(record) } }
    }

    private static let traceID = "0af7651916cd43dd8448eb211c80319c"
    private static let sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

    /// What the upstream sees of traces when a request has these lines, and what is recorded.
    private func exchange(_ lines: String, ratio: Double?) async throws -> (seen: [String], spans: [TraceSpan]) {
        let backend = try Backend.echo()
        let spans = Spans()
        var seen: [String] = []
        try await withWorld(
            Make.site(ports: [backend.port]),
            configure: { configuration in
                configuration.tracing = ratio.flatMap { TraceSampler(ratio: $0) }.map { RequestTracing(sampler: $0, sink: spans) }
            }
        ) { world in
            let response = try await world.exchange("GET /a?secret=1 HTTP/1.1\r\nHost: app.test\r\n\(lines)\r\n")
            #expect(response.status == 200)
            seen = response.text.split(separator: "\n").map(String.init).filter { $0.lowercased().hasPrefix("trace") }
        }
        return (seen, spans.all)
    }

    @Test func `a trace that is recorded goes on with a span of ours`() async throws {
        let (seen, spans) = try await exchange("TraceParent: \(Self.sampled)\r\ntracestate: foo=1\r\nTracestate: bar=2\r\n", ratio: 0)
        try #require(spans.count == 2)
        let (request, upstream) = (spans[0], spans[1])
        #expect(request.kind == .server && upstream.kind == .client)
        #expect(request.traceID.description == Self.traceID && upstream.traceID == request.traceID)
        #expect(request.parentID?.description == "b7ad6b7169203331" && request.hasRemoteParent)
        #expect(upstream.parentID == request.spanID && upstream.spanID != request.spanID)
        #expect(request.traceState == "foo=1,bar=2")
        #expect(request.start <= upstream.start && upstream.start <= upstream.end && upstream.end <= request.end)
        // The lines about state came through as they were.
        #expect(seen == ["tracestate: foo=1", "Tracestate: bar=2", "traceparent: 00-\(Self.traceID)-\(upstream.spanID)-01"])
    }

    @Test func `a span says what the conventions ask for, and no query`() async throws {
        let (_, spans) = try await exchange("traceparent: \(Self.sampled)\r\nUser-Agent: test/1\r\n", ratio: 0)
        try #require(spans.count == 2)
        func value(_ span: TraceSpan, _ key: String) -> TraceSpan.Value? { span.attributes.first { $0.key == key }?.value }
        let (request, upstream) = (spans[0], spans[1])
        #expect(request.name == "GET /" && upstream.name == "GET")
        #expect(value(request, "http.request.method") == "GET")
        #expect(value(request, "url.path") == "/a" && value(request, "url.scheme") == "http")
        #expect(value(request, "http.route") == "/" && value(request, "server.address") == "app.test")
        #expect(value(request, "http.response.status_code") == 200 && value(request, "error.type") == nil)
        #expect(value(request, "user_agent.original") == "test/1" && value(request, "client.address") == "127.0.0.1")
        #expect(value(upstream, "server.address") == "127.0.0.1" && value(upstream, "http.response.status_code") == 200)
        #expect(request.failure == nil && upstream.failure == nil)
        #expect(!spans.contains { span in span.attributes.contains { "\($0.value)".contains("secret") } })
    }

    @Test func `a trace that is not recorded goes through as it came`() async throws {
        let lines = "traceparent: \(Self.unsampled)\r\ntracestate: foo=1,not valid\r\n"
        let (seen, spans) = try await exchange(lines, ratio: 1)
        #expect(spans.isEmpty)
        #expect(seen == ["traceparent: \(Self.unsampled)", "tracestate: foo=1,not valid"])
    }

    @Test func `without tracing everything goes through as it came`() async throws {
        let lines = "traceparent: nonsense\r\ntraceparent: \(Self.sampled)\r\ntracestate: also nonsense\r\n"
        let (seen, spans) = try await exchange(lines, ratio: nil)
        #expect(spans.isEmpty)
        #expect(seen == ["traceparent: nonsense", "traceparent: \(Self.sampled)", "tracestate: also nonsense"])
    }

    @Test func `a trace begins where there is none and the sampler says so`() async throws {
        let (seen, spans) = try await exchange("", ratio: 1)
        try #require(spans.count == 2)
        #expect(spans[0].parentID == nil && !spans[0].hasRemoteParent)
        #expect(seen == ["traceparent: 00-\(spans[0].traceID)-\(spans[1].spanID)-03"])
        let (nothing, none) = try await exchange("", ratio: 0)
        #expect(nothing.isEmpty && none.isEmpty)
    }

    @Test(arguments: [
        "traceparent: 00-\(traceID)-b7ad6b7169203331-01.\r\n", "traceparent: \(sampled)\r\ntraceparent: \(sampled)\r\n",
        "traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n", "traceparent:\r\n", "traceparent: FF\r\n",
    ])
    func `a malformed trace is none, and goes no further with its state`(lines: String) async throws {
        let (seen, spans) = try await exchange(lines + "tracestate: foo=1\r\n", ratio: 0)
        #expect(seen.isEmpty && spans.isEmpty)
        let (anew, recorded) = try await exchange(lines + "tracestate: foo=1\r\n", ratio: 1)
        try #require(recorded.count == 2)
        #expect(recorded[0].parentID == nil && recorded[0].traceState.isEmpty)
        #expect(anew == ["traceparent: 00-\(recorded[0].traceID)-\(recorded[1].spanID)-03"])
    }

    @Test(arguments: ["foo=1,foo=2", "foo", "foo=1,bar.b=2"])
    func `malformed state alone is left out`(state: String) async throws {
        let (seen, spans) = try await exchange("traceparent: \(Self.sampled)\r\ntracestate: \(state)\r\n", ratio: 0)
        try #require(spans.count == 2)
        #expect(seen == ["traceparent: 00-\(Self.traceID)-\(spans[1].spanID)-01"])
        #expect(spans[0].traceState.isEmpty)
    }

    @Test func `Connection cannot name the trace away`() async throws {
        let (seen, _) = try await exchange("traceparent: \(Self.unsampled)\r\nConnection: traceparent, tracestate\r\n", ratio: 0)
        #expect(seen == ["traceparent: \(Self.unsampled)"])
    }

    @Test func `failures are told with their type`() async throws {
        let spans = Spans()
        let log = Log()
        try await withWorld(
            // Nobody listens at tcpmux; the port of a backend that has ended may be another's at once.
            Make.site(ports: [1]),
            configure: { configuration in
                configuration.tracing = TraceSampler(ratio: 1).map { RequestTracing(sampler: $0, sink: spans) }
                configuration.accessLog = { log.add($0) }
            }
        ) { world in
            let failed = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            let unknown = try await world.exchange("BREW / HTTP/1.1\r\nHost: other.test\r\n\r\n")
            #expect(failed.status == 502 && unknown.status == 404)
        }
        let all = spans.all
        try #require(all.count == 3)
        func type(_ span: TraceSpan) -> TraceSpan.Value? { span.attributes.first { $0.key == "error.type" }?.value }
        #expect(type(all[0]) == "502" && all[0].failure != nil)
        #expect(type(all[1]) == "connection_error" && all[1].failure != nil)
        // Not found is no failure of the one that was asked, and nobody else was.
        #expect(all[2].failure == nil && all[2].name == "HTTP")
        #expect(all[2].attributes.contains { $0.key == "http.request.method_original" && $0.value == "BREW" })
        #expect(log.all.map(\.traceID) == [all[0].traceID.description, all[2].traceID.description])
    }
}
