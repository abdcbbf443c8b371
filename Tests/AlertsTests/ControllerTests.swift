import Core
import FoundationEssentials
import HTTPClient
import Issuance
import KubernetesAPI
import Logging
import Manifests
import Store
import Synchronization
import TestKit
import Testing

@testable import Alerts

@Suite("Telling receivers, whatever they do")
struct ControllerTests {
    /// What a receiver does now.
    private final class Script: Sendable {
        private let state: Mutex<FakeProvider.Answer>
        init(_ answer: FakeProvider.Answer) { state = Mutex(answer) }
        var answer: FakeProvider.Answer {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    private func receivers(_ url: String, _ more: String = "", names: [String] = ["pager"]) throws -> AlertReceiverSet {
        try set(
            names.map {
                "apiVersion: certctl.dev/v1alpha1\nkind: AlertReceiver\nmetadata: {name: \($0)}\nspec:\n  url: \(url)/\($0)\n  timeout: 1s\n\(more)"
            }.joined(separator: "\n---\n"))
    }

    @Test func `it fires, is repeated, and is over, each told once`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url))
        bench.scene.facts = [aging(left: 0.1)]
        try await bench.run(controller) {
            #expect(await bench.advance { server.requests.count == 1 })
            #expect(server.requests.first?.alerts == ["CertificateExpiring/firing"])
            let first = bench.time.now()
            #expect(await bench.advance(.hours(5), by: .minutes(1)) { server.requests.count == 2 })
            #expect(abs(bench.time.now().timeIntervalSince(first) - 4 * 3600) < 600, "after the repeat interval")
            bench.scene.facts = []
            #expect(await bench.advance { server.requests.count == 3 })
            #expect(server.requests.last?.alerts == ["CertificateExpiring/resolved"])
            _ = await bench.advance(.hours(5), by: .minutes(5)) { server.requests.count > 3 }
            #expect(server.requests.count == 3)
            let report = await controller.report()
            #expect(report.alerts.map(\.phase) == [.resolved])
            #expect(report.receivers.map(\.waiting) == [0])
        }
    }

    @Test(arguments: ["500", "301", "close", "stall", "away"])
    func `a receiver that is away for an hour is told when it comes back`(how: String) async throws {
        let answer: FakeProvider.Answer =
            switch how {
            case "500": .answer(status: 500, body: "")
            case "301": .answer(status: 301, fields: ["Location": "/elsewhere"], body: "")
            case "stall": .stall
            default: .close
            }
        let bench = try Bench()
        let script = Script(answer)
        let server = try FakeProvider { _ in script.answer }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url))
        bench.scene.facts = [aging(left: 0.1)]
        try await bench.run(controller) {
            #expect(await bench.advance { await controller.report().receivers.first?.failures ?? 0 >= 1 })
            let began = bench.time.now()
            while bench.time.now() < began.addingTimeInterval(3600) {
                let failures = await controller.report().receivers.first?.failures ?? 0
                let next = await controller.report().receivers.first?.nextAttempt ?? bench.time.now()
                // One that hangs takes a second of our own time for each try.
                bench.time.advance(to: max(next, bench.time.now().addingTimeInterval(how == "stall" ? 1200 : 15)))
                #expect(await bench.advance(.minutes(15)) { await controller.report().receivers.first?.failures ?? 0 > failures })
            }
            let tries = server.requests.count
            #expect((how == "stall" ? 3...30 : 6...30).contains(tries), "\(tries) tries in an hour")
            let standing = try #require(await controller.report().receivers.first)
            #expect(standing.waiting == 1)
            #expect(standing.lastError?.isEmpty == false)
            script.answer = .json("{}")
            #expect(await bench.advance(.minutes(15)) { await controller.report().receivers.first?.lastDelivery != nil })
            #expect(server.requests.last?.alerts == ["CertificateExpiring/firing"])
            #expect(await controller.report().receivers.first?.failures == 0)
        }
    }

    @Test func `what is logged and kept has no secret`() async throws {
        let bench = try Bench()
        let lines = LogLines()
        let server = try FakeProvider { .answer(status: 500, body: "\($0.path) \($0.fields["authorization"] ?? "") refused") }
        try await bench.store.put(
            Secret(
                metadata: ObjectMeta(namespace: "certctl-system", name: "hooks"),
                data: [
                    "token": Array("s3cret-token".utf8), "key": Array("s3cret-key".utf8), "url": Array("\(server.url)/s3cret-path".utf8),
                ]),
            expecting: .any)
        let controller = bench.controller(logger: Logger(label: "test") { _ in lines })
        let set = try set(
            """
            apiVersion: certctl.dev/v1alpha1
            kind: AlertReceiver
            metadata: {name: pager}
            spec:
              urlSecretRef: {name: hooks, key: url}
              bearerTokenSecretRef: {name: hooks, key: token}
              signingSecretRef: {name: hooks, key: key}
            """)
        await controller.adopt(set)
        bench.scene.facts = [aging(left: 0.1)]
        try await bench.run(controller) {
            #expect(await bench.advance { server.requests.count >= 2 })
            let report = await controller.report()
            #expect(report.receivers.first?.lastError == "answered 500: [redacted] Bearer [redacted] refused")
            let kept = await bench.stored()
            #expect(kept.count == 1)
            for text in lines.all + ["\(report)", "\(kept)"] + server.requests.map(\.text) { #expect(!text.contains("s3cret"), "\(text)") }
            #expect(!lines.all.isEmpty)
        }
    }

    @Test func `one that hangs does not hold up another`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { $0.path == "/dead" ? .stall : .json("{}") }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url, names: ["alive", "dead"]))
        bench.scene.facts = [aging(left: 0.1)]
        try await bench.run(controller) {
            #expect(await bench.advance { server.requests.contains { $0.path == "/alive" } })
        }
    }

    @Test func `killed between firing and delivery it is told by the next process, once`() async throws {
        let folder = try TemporaryFolder("alerts")
        let time = ControlledTime(noon, passing: .zero)
        let server = try FakeProvider { _ in .json("{}") }
        let set = try receivers(server.url)
        do {
            let bench = try Bench(folder: folder, time: time)
            let controller = bench.controller()
            await controller.adopt(set)
            bench.scene.facts = [aging(left: 0.1)]
            // As a kill does: nothing of what follows the first writing happens.
            try await bench.run(controller) {
                #expect(await eventually { await bench.stored().first?.phase == .firing })
            }
            await bench.store.shutdown()
        }
        #expect(server.requests.isEmpty)
        let bench = try Bench(folder: folder, time: time)
        let controller = bench.controller()
        await controller.adopt(set)
        // It does not even have to be wrong any more.
        bench.scene.facts = [aging(left: 0.9)]
        try await bench.run(controller) {
            #expect(await bench.advance(.minutes(4)) { !server.requests.isEmpty })
            #expect(server.requests.map(\.alerts) == [["CertificateExpiring/firing"]])
            #expect(await bench.advance { server.requests.count == 2 })
            #expect(server.requests.last?.alerts == ["CertificateExpiring/resolved"])
        }
    }

    @Test func `a delivery is written down before the next, and not repeated by the next process`() async throws {
        let folder = try TemporaryFolder("alerts")
        let time = ControlledTime(noon, passing: .zero)
        let server = try FakeProvider { _ in .json("{}") }
        let set = try receivers(server.url)
        for _ in 0..<3 {
            let bench = try Bench(folder: folder, time: time)
            let controller = bench.controller()
            bench.scene.facts = [aging(left: 0.1)]
            try await bench.run(controller) {
                // A process knows its alerts before it knows whom to tell.
                #expect(await eventually { await !controller.report().alerts.isEmpty })
                await controller.adopt(set)
                _ = await bench.advance(.minutes(10), by: .seconds(15)) { false }
                #expect(await bench.stored().first?.told["pager"]?.isFiring == true)
            }
            await bench.store.shutdown()
        }
        #expect(server.requests.count == 1)
    }

    @Test func `only the leader tells, and its successor does not tell again`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        let (first, second) = (TestLeadership(true), TestLeadership(false))
        let set = try receivers(server.url)
        bench.scene.facts = [aging(left: 0.1)]
        let (one, two) = (bench.controller(leadership: first), bench.controller(leadership: second))
        await one.adopt(set)
        await two.adopt(set)
        try await bench.run(one) {
            try await bench.run(two) {
                #expect(await bench.advance { server.requests.count == 1 })
                #expect(await two.report().isLeader == false)
                #expect(await two.report().alerts.map(\.phase) == [.firing], "it shows what is stored")
                await #expect(throws: OperationFailure.self) { try await two.test(nil) }
                first.set(false)
                #expect(await eventually { await one.report().isLeader == false })
                second.set(true)
                #expect(await eventually { await two.report().isLeader })
                _ = await bench.advance(.minutes(10), by: .seconds(15)) { false }
                #expect(server.requests.count == 1)
                bench.scene.facts = [aging(left: 0.1), aging("other", left: 0.01)]
                #expect(await bench.advance { server.requests.count == 2 })
                #expect(server.requests.last?.alerts.count == 2)
            }
        }
    }

    @Test func `a leader that was replaced without knowing it takes nothing back`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        let set = try receivers(server.url)
        bench.scene.facts = [aging(left: 0.1)]
        let (one, two) = (bench.controller(leadership: TestLeadership(true)), bench.controller(leadership: TestLeadership(true)))
        await one.adopt(set)
        await two.adopt(set)
        try await bench.run(one) {
            try await bench.run(two) {
                #expect(await bench.advance { server.requests.count >= 1 })
                _ = await bench.advance(.minutes(10), by: .seconds(15)) { false }
                #expect(server.requests.count <= 2, "each told at most once")
                #expect(await bench.stored().first?.told["pager"]?.isFiring == true)
            }
        }
    }

    @Test func `a thousand alerts at once are one notification`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url))
        bench.scene.facts = (0..<1000).map { aging("tls-\($0)", left: 0.1) }
        try await bench.run(controller) {
            #expect(await bench.advance { server.requests.count == 1 })
            #expect(server.requests.first?.alerts.count == 1000)
            _ = await bench.advance(.minutes(30), by: .seconds(30)) { false }
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a clock that is set back does not silence anybody`() async throws {
        let bench = try Bench(time: ControlledTime(noon.addingTimeInterval(30 * 86_400), passing: .zero))
        let server = try FakeProvider { _ in .json("{}") }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url))
        bench.scene.facts = [aging(left: -0.5)]
        try await bench.run(controller) { #expect(await bench.advance { server.requests.count == 1 }) }
        await bench.store.shutdown()
        let back = try Bench(folder: bench.folder)
        let again = back.controller()
        await again.adopt(try receivers(server.url))
        back.scene.facts = [aging(left: -0.5), aging("other", left: -0.1)]
        try await back.run(again) {
            #expect(await back.advance(.minutes(10)) { server.requests.count == 2 }, "what is new is told in time")
            back.scene.facts = []
            #expect(await back.advance(.minutes(20)) { server.requests.last?.alerts.allSatisfy { $0.hasSuffix("resolved") } == true })
        }
    }

    @Test func `receivers that are adopted while it runs are told, and removed ones are not`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { _ in .json("{}") }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url, names: ["a"]))
        bench.scene.facts = [aging(left: 0.1)]
        try await bench.run(controller) {
            #expect(await bench.advance { server.requests.count == 1 })
            await controller.adopt(try receivers(server.url, names: ["b"]))
            #expect(await bench.advance { server.requests.count == 2 })
            #expect(server.requests.map(\.path) == ["/a", "/b"])
            bench.scene.facts = []
            #expect(await bench.advance { server.requests.count == 3 })
            #expect(server.requests.last?.path == "/b")
            await controller.refuse("alerts.yaml, line 3: no")
            #expect(await controller.report().problems.first?.contains("alerts.yaml, line 3: no") == true)
            #expect(await controller.report().receivers.map(\.name) == ["b"])
        }
    }

    @Test func `a test goes out at once, whatever the filters`() async throws {
        let bench = try Bench()
        let server = try FakeProvider { $0.path == "/a" ? .json("{}") : .answer(status: 403, body: "who are you") }
        let controller = bench.controller()
        await controller.adopt(try receivers(server.url, "  minSeverity: critical\n", names: ["a", "b"]))
        try await bench.run(controller) {
            #expect(await eventually { await controller.report().isLeader })
            let answer = try await controller.test(nil)
            #expect(answer.items.map(\.isDelivered) == [true, false])
            #expect(answer.items.map(\.message) == ["answered 200", "answered 403: who are you"])
            #expect(server.requests.first { $0.path == "/a" }?.alerts == ["CertctlTest/firing"])
            await #expect(throws: OperationFailure.self) { try await controller.test("c") }
            #expect(await controller.report().alerts.isEmpty, "a test is no alert")
        }
    }
}

extension Bench {
    /// What is kept in the store.
    func stored() async -> [AlertRecord] {
        var records: [AlertRecord] = []
        for shard in 0..<AlertLimits.shards {
            guard let secret = try? await store.secret(AlertShards.name(shard, namespace: "certctl-system")) else { continue }
            records += AlertShards.records(secret) ?? []
        }
        return records
    }
}
