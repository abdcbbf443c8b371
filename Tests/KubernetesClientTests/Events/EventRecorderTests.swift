import Core
import FoundationEssentials
import KubernetesClient
import Logging
import TestKit
import Testing

@Suite("Event recorder, against an API server") struct EventRecorderTests {
    private let server: FakeAPIServer
    private let time = ManualTicks()
    private let recorder: EventRecorder

    init() async throws {
        server = try await FakeAPIServer()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = APIClient(server.configuration, limits: RateLimit(requestsPerSecond: 100_000, burst: 100_000), logger: logger)
        recorder = EventRecorder(client: client, instance: "certctl-0", time: time, logger: logger)
    }

    private func running(_ body: () async throws -> Void) async throws {
        let task = Task { [recorder] in await recorder.run() }
        defer { task.cancel() }
        try await body()
    }

    private func eventually(_ condition: () async throws -> Bool, _ location: SourceLocation = #_sourceLocation) async throws {
        try #require(await TestKit.eventually(within: .seconds(60), condition), sourceLocation: location)
    }

    private var events: [JSONValue] { server.objects(.events) }

    @Test func `an event has all that validation wants`() async throws {
        try await running {
            recorder.record(EventSample.event(note: "issuing \"a.example\""))
            try await eventually { events.count == 1 }
            let event = try #require(events.first)
            #expect(event.at("metadata", "namespace")?.text == "shop")
            #expect(event["reportingController"]?.text == "certctl.dev/certctl" && event["reportingInstance"]?.text == "certctl-0")
            #expect(event["reason"]?.text == "Issuing" && event["action"]?.text == "Issue" && event["type"]?.text == "Normal")
            #expect(event["note"]?.text == "issuing \"a.example\"" && event["series"] == nil)
            #expect(event.at("regarding", "uid")?.text == "u1" && event.at("regarding", "kind")?.text == "Ingress")
            #expect(event["eventTime"]?.text?.hasSuffix("Z") == true)
        }
    }

    @Test func `a repetition becomes a series of the same event`() async throws {
        try await running {
            recorder.record(EventSample.event())
            recorder.record(EventSample.event())
            try await eventually { events.first?["series"] != nil }
            #expect(events.count == 1 && events.first?.at("series", "count")?.text ?? "2" == "2")
        }
    }

    @Test func `a series whose event is gone is created again`() async throws {
        try await running {
            recorder.record(EventSample.event())
            try await eventually { events.count == 1 }
            let name = try #require(events.first?.at("metadata", "name")?.text)
            server.delete(.events, namespace: "shop", name: name)
            recorder.record(EventSample.event())
            try await eventually { events.first?["series"] != nil }
            #expect(events.first?.at("metadata", "name")?.text == name)
        }
    }

    @Test func `an occurrence that another process has told is not told again`() async throws {
        try await running {
            recorder.record(EventSample.event(occurrence: "1"))
            try await eventually { events.count == 1 }
            let before = events
            server.script(.delay(.milliseconds(1)))
            let other = EventRecorder(
                client: APIClient(server.configuration, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }),
                instance: "certctl-1", logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
            let task = Task { await other.run() }
            other.record(EventSample.event(occurrence: "1"))
            try await eventually { other.counts.written == 1 }
            task.cancel()
            #expect(events == before)
        }
    }

    @Test func `a busy and a vanished API server are tried again`() async throws {
        server.script(.status(500, reason: "InternalError"), of: .events, times: 2)
        server.script(.tooManyRequests(retryAfter: "1"), of: .events)
        server.script(.closeBefore, of: .events)
        try await running {
            recorder.record(EventSample.event())
            try await eventually { events.count == 1 }
            #expect(recorder.counts.failed == 0)
        }
    }

    @Test func `what is forbidden is given up and harms nothing else`() async throws {
        server.script(.status(403, reason: "Forbidden"), of: .events)
        try await running {
            recorder.record(EventSample.event("first"))
            recorder.record(EventSample.event("second"))
            try await eventually { recorder.counts.failed == 1 && recorder.counts.written == 1 }
            #expect(events.map { $0.at("regarding", "name")?.text } == ["second"])
        }
    }

    @Test func `beyond the limit events are dropped, counted, and never waited for`() async throws {
        for index in 0..<(EventLimits.queueMax + 3) { recorder.record(EventSample.event("n\(index)")) }
        #expect(recorder.counts.recorded == EventLimits.queueMax + 3 && recorder.counts.dropped == 3)
        try await running { try await eventually { recorder.counts.written == EventLimits.queueMax } }
    }

    @Test func `it ends at once while the API server does not answer`() async throws {
        server.script(.hang, of: .events)
        let task = Task { [recorder] in await recorder.run() }
        recorder.record(EventSample.event())
        try await eventually { !server.requests(of: .events).isEmpty }
        task.cancel()
        await task.value
        #expect(recorder.counts.written == 0 && recorder.counts.failed == 0)
    }
}

/// The real clock, but waits of a second and more take a millisecond; those of a minute take for ever.
private struct ManualTicks: TimeSource {
    func now() -> Date { Date() }

    func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration >= .seconds(60) ? .seconds(3600) : min(duration, .milliseconds(1)))
    }
}
