import Core
import FoundationEssentials
import HTTPClient
import Logging
import Synchronization
import Telemetry
import TestKit
import Testing

@testable import TraceExport

@Suite("Export of traces, OTLP over HTTP")
struct OTLPExporterTests {
    private func exporter(to url: String, time: any TimeSource = SystemTime()) throws -> OTLPExporter {
        let endpoint = try #require(
            try OTLPEndpoint(flag: url, environment: ["OTEL_EXPORTER_OTLP_HEADERS": "X-Key=very%20secret"]))
        return OTLPExporter(
            to: endpoint, resource: TraceResource.attributes([:], hostName: "host"),
            client: try HTTPClient(HTTPClient.Configuration(proxy: .direct)), time: time,
            logger: Logger(label: "traces") { _ in SwiftLogNoOpLogHandler() })
    }

    private func spans(_ count: Int) -> [TraceSpan] {
        var random = SystemRandomNumberGenerator()
        let trace = TraceID(using: &random)
        let root = SpanID(using: &random)
        return (0..<count).map { number in
            var span = TraceSpan(
                traceID: trace, spanID: number == 0 ? root : SpanID(using: &random), parentID: number == 0 ? nil : root,
                name: "GET /\"quoted\"", kind: number == 0 ? .server : .client, start: 1_780_315_200_000_000_000,
                end: 1_780_315_200_012_345_678)
            span.hasRemoteParent = number == 0
            span.traceState = "foo=1,bar=2"
            span.set("http.request.method", "GET")
            span.set("http.response.status_code", 503)
            span.set("certctl.rehearsal", .flag(true))
            span.set("certctl.hosts", .list(["a.example", "b.example"]))
            span.events = [.init(at: 1_780_315_200_000_000_001, name: "began\n")]
            span.failure = "the CA said \u{1B}[31mno"
            return span
        }
    }

    @Test func `a batch is one request, with the headers that were given`() async throws {
        let collector = try FakeProvider { _ in .json("{}") }
        let exporter = try exporter(to: collector.url)
        exporter.sink.take(spans(2))
        await exporter.finish()
        let request = try #require(collector.requests.first)
        #expect(collector.requests.count == 1)
        #expect(request.method == "POST" && request.path == "/v1/traces")
        #expect(request.fields.first { $0.key.lowercased() == "content-type" }?.value == "application/json")
        #expect(request.fields.first { $0.key.lowercased() == "x-key" }?.value == "very secret")
        #expect(exporter.counts == .init(exported: 2))
        #expect(try JSONDecoder().decode(Body.self, from: Data(request.body)).resourceSpans[0].scopeSpans[0].spans.count == 2)
    }

    private struct Body: Decodable {
        struct Resource: Decodable { let scopeSpans: [Scope] }
        struct Scope: Decodable { let spans: [Span] }
        struct Span: Decodable { let traceId: String }
        let resourceSpans: [Resource]
    }

    @Test(.enabled(if: OfficialProto.python != nil, "OTLP_PYTHON names no python3 with opentelemetry-proto"))
    func `OpenTelemetry's own definitions read what we write`() async throws {
        let folder = try TemporaryFolder("otlp")
        try folder.write(
            String(
                decoding: OTLPEncoder.encode(spans(2), resource: TraceResource.attributes([:], hostName: "h"), version: "1"), as: UTF8.self),
            to: "body.json")
        let run = try await ChildProcess.run(
            [OfficialProto.python ?? "", "-c", OfficialProto.script, folder.path + "/body.json"], in: folder)
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("2 spans, SPAN_KIND_SERVER, SPAN_KIND_CLIENT, STATUS_CODE_ERROR"), "\(run.output)")
    }

    @Test func `a collector that asks for patience gets it, and then the batch`() async throws {
        let collector = try FakeProvider { request in
            switch request.number {
            case 0, 1: .json("{}", status: request.number == 0 ? 429 : 503, fields: ["Retry-After": "7"])
            case 2: .json("{}", status: 502)
            default: .json("{}")
            }
        }
        let time = ManualTime()
        let exporter = try exporter(to: collector.url, time: time)
        await exporter.send(spans(3))
        #expect(collector.requests.count == 4)
        #expect(exporter.counts == .init(exported: 3, failures: 3))
        // Twice as long as it asked, and then by the ladder: a second, doubled twice, a fifth more or less.
        #expect(time.slept.prefix(2) == [.seconds(7), .seconds(7)])
        #expect(time.slept.count == 3 && time.slept[2] >= .seconds(3.2) && time.slept[2] <= .seconds(4.8))
        #expect(collector.requests.allSatisfy { $0.body == collector.requests[0].body })
        await exporter.finish()
    }

    @Test(arguments: [400, 401, 404, 413, 500])
    func `what is refused for good is dropped and counted, and the next batch is sent`(status: Int) async throws {
        let collector = try FakeProvider { $0.number == 0 ? .json("no\u{1B}", status: status) : .json("{}") }
        let time = ManualTime()
        let exporter = try exporter(to: collector.url, time: time)
        await exporter.send(spans(3))
        await exporter.send(spans(2))
        #expect(exporter.counts == .init(exported: 2, refused: 3, failures: 1))
        #expect(time.slept.isEmpty)
        await exporter.finish()
    }

    @Test(arguments: [#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"x"}}"#, #"{"partialSuccess":{"rejectedSpans":2}}"#])
    func `spans that a collector refuses of a batch are counted`(answer: String) async throws {
        let collector = try FakeProvider { _ in .json(answer) }
        let exporter = try exporter(to: collector.url)
        await exporter.send(spans(3))
        #expect(exporter.counts == .init(exported: 1, refused: 2))
        await exporter.finish()
    }

    @Test func `a collector that stays away costs a batch after five minutes`() async throws {
        let collector = try FakeProvider { _ in .json("{}", status: 503) }
        let time = ManualTime()
        let began = time.now()
        let exporter = try exporter(to: collector.url, time: time)
        await exporter.send(spans(3))
        #expect(exporter.counts.expired == 3 && exporter.counts.exported == 0)
        #expect(time.now().timeIntervalSince(began) <= 300 && time.now().timeIntervalSince(began) > 100)
        await exporter.finish()
    }

    @Test func `spans without room are dropped and counted, at the limit and not before`() async throws {
        let collector = try FakeProvider { _ in .json("{}") }
        let exporter = try exporter(to: collector.url)
        for _ in 0..<(TraceExportLimits.spansMax / 2) { exporter.sink.take(spans(2)) }
        #expect(exporter.counts.overflowed == 0)
        exporter.sink.take(spans(2))
        #expect(exporter.counts.overflowed == 2)
        await exporter.finish()
        #expect(exporter.counts.exported == UInt64(TraceExportLimits.spansMax))
        #expect(collector.requests.count == TraceExportLimits.spansMax / TraceExportLimits.batchMax)
    }

    @Test func `a full batch does not wait for the clock, and what is under way at the end is sent then`() async throws {
        let isAway = Mutex(false)
        let collector = try FakeProvider { _ in isAway.withLock { $0 } ? .json("{}", status: 503) : .json("{}") }
        let time = ControlledTime(passing: .zero)
        let exporter = try exporter(to: collector.url, time: time)
        let running = Task { await exporter.run() }
        // Its reader may not be there yet, so it is told more than once.
        #expect(
            await eventually {
                exporter.sink.take(spans(TraceExportLimits.batchMax))
                return exporter.counts.exported > 0
            })
        isAway.withLock { $0 = true }
        let failures = exporter.counts.failures
        #expect(
            await eventually {
                exporter.sink.take(spans(TraceExportLimits.batchMax))
                return exporter.counts.failures > failures
            })
        running.cancel()
        await running.value
        #expect(exporter.counts.expired == 0)
        isAway.withLock { $0 = false }
        let before = exporter.counts.exported
        await exporter.finish()
        #expect(exporter.counts.exported >= before + UInt64(TraceExportLimits.batchMax))
    }

    @Test func `a collector that hangs does not hold up the end`() async throws {
        let collector = try FakeProvider { _ in .stall }
        let exporter = try exporter(to: collector.url)
        exporter.sink.take(spans(3))
        let began = ContinuousClock.now
        await exporter.finish()
        #expect(began.duration(to: .now) < TraceExportLimits.finishTime + .seconds(3))
        #expect(exporter.counts.exported == 0 && exporter.counts.expired == 3)
    }
}

/// OpenTelemetry's definitions in Python: `python3 -m venv DIR && DIR/bin/pip install opentelemetry-proto`, then
/// `OTLP_PYTHON=DIR/bin/python swift test`.
enum OfficialProto {
    static let python = ProcessInfo.processInfo.environment["OTLP_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

    /// OTLP's JSON has IDs in hexadecimal where Protobuf's has base64; that is all it changes first.
    static let script = """
        import base64, json, sys
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
        from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
        body = json.load(open(sys.argv[1]))
        spans = [s for r in body['resourceSpans'] for c in r['scopeSpans'] for s in c['spans']]
        for span in spans:
            for key, size in (('traceId', 16), ('spanId', 8), ('parentSpanId', 8)):
                if key in span:
                    raw = bytes.fromhex(span[key]); assert len(raw) == size and any(raw), span[key]
                    span[key] = base64.b64encode(raw).decode()
        request = json_format.ParseDict(body, ExportTraceServiceRequest(), ignore_unknown_fields=False)
        read = [s for r in request.resource_spans for c in r.scope_spans for s in c.spans]
        assert all(s.start_time_unix_nano and s.start_time_unix_nano <= s.end_time_unix_nano for s in read)
        kinds = sorted({s.kind for s in read})
        print(len(read), 'spans, ' + ', '.join(Span.SpanKind.Name(k) for k in kinds) + ', ' + ', '.join(sorted({Status.StatusCode.Name(s.status.code) for s in read})))
        """
}

@Suite("Where traces go")
struct OTLPEndpointTests {
    @Test(
        arguments: [
            ("http://c:4318", [:], "http://c:4318/v1/traces"), ("http://c:4318/", [:], "http://c:4318/v1/traces"),
            ("https://c/otlp", [:], "https://c/otlp/v1/traces"), ("http://c/v1/traces", [:], "http://c/v1/traces"),
            (nil, ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://e:4318"], "http://e:4318/v1/traces"),
            (
                nil, ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://e:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x"], "http://t/x"
            ),
            ("http://c", ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x"], "http://c/v1/traces"),
        ] as [(String?, [String: String], String)])
    func `the flag goes before the variables`(flag: String?, environment: [String: String], url: String) throws {
        #expect(try OTLPEndpoint(flag: flag, environment: environment)?.url == url)
    }

    @Test func `without one there is none`() throws {
        #expect(try OTLPEndpoint(flag: nil, environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": ""]) == nil)
    }

    @Test(arguments: ["c:4318", "grpc://c", "http://c?x=1", "http://c#x", ""])
    func `what is no URL is refused`(text: String) {
        #expect(throws: OTLPConfigurationError.self) { try OTLPEndpoint(flag: text, environment: [:]) }
    }

    @Test func `headers are read, and their values stay out of every text`() throws {
        let environment = ["OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20s3cr3t, X-Scope = a=b "]
        let endpoint = try #require(try OTLPEndpoint(flag: "https://user:s3cr3t@c:1/x", environment: environment))
        #expect(endpoint.headers.first("Authorization") == "Bearer s3cr3t")
        #expect(endpoint.headers.first("X-Scope") == "a=b")
        #expect("\(endpoint)" == "https://c:1/x/v1/traces")
        for bad in ["s3cr3t", "a=%zzs3cr3t", "a b=s3cr3t", "=s3cr3t", "a=s3cr3t%0d%0ab"] {
            #expect {
                try OTLPEndpoint(flag: "http://c", environment: ["OTEL_EXPORTER_OTLP_HEADERS": bad])
            } throws: { !"\($0)".contains("s3cr3t") }
        }
    }
}
