import Core
import FoundationEssentials
import Logging
import TestKit
import Testing

@testable import KubernetesClient

@Suite("Election by a Lease, over an API server") struct LeaseElectorTests {
    private func electorate() async throws -> Electorate { try await Electorate() }

    private func stop(_ candidates: Candidate...) async {
        for candidate in candidates { await candidate.stop() }
    }

    // MARK: Taking and giving

    @Test func `the first makes the Lease, the second waits, and the Lease says what client-go's does`() async throws {
        let site = try await electorate()
        let (a, b) = (site.candidate("a"), site.candidate("b"))
        try #require(await site.passTime([a, b]) { a.isLeader || b.isLeader } != nil)
        let leader = a.isLeader ? a : b
        let lease = try #require(site.server.object(.leases, namespace: "certctl", name: "certctl"))
        #expect(lease["kind"]?.text == "Lease" && lease["apiVersion"]?.text == "coordination.k8s.io/v1")
        #expect(lease.at("spec", "holderIdentity")?.text == leader.elector.identity)
        #expect(lease.at("spec", "leaseDurationSeconds") == 15)
        #expect(lease.at("spec", "leaseTransitions") == 0)
        let stamp = try #require(lease.at("spec", "renewTime")?.text)
        #expect(stamp.wholeMatch(of: /2026-09-01T12:00:0\d\.\d{6}Z/) != nil, "\(stamp)")
        #expect(lease.at("spec", "acquireTime")?.text == stamp)
        // It stays.
        #expect(await site.passTime([a, b]) { !leader.isLeader } == nil)
        #expect(site.pairs.isEmpty)
        #expect(site.spec?["renewTime"]?.text != stamp && site.spec?["acquireTime"]?.text == stamp)
        await stop(a, b)
    }

    @Test func `a Lease is handed over in seconds when its holder shuts down`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        let b = site.candidate("b")
        _ = await site.passTime([a, b]) { b.elector.holder == "a" }
        await a.stop()
        #expect(!a.isLeader)
        #expect(site.spec?["holderIdentity"]?.text == "" && site.spec?["leaseDurationSeconds"] == 1)
        let passed = try #require(await site.passTime([a, b]) { b.isLeader })
        // One wait of a candidate, 4.4 s at most.
        #expect(passed <= .seconds(5))
        #expect(site.spec?["leaseTransitions"] == 1)
        #expect(a.changes == [true, false] && site.pairs.isEmpty)
        await stop(b)
    }

    @Test func `after a crash another takes over once the Lease has run out`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        let (b, c) = (site.candidate("b"), site.candidate("c"))
        _ = await site.passTime([a, b, c]) { b.elector.holder == "a" && c.elector.holder == "a" }
        // Nothing of it runs any more, and it will never say that it is gone.
        a.setPaused(true)
        let passed = try #require(await site.passTime([a, b, c]) { b.isLeader || c.isLeader })
        #expect(passed > .seconds(12) && passed < .seconds(25))
        #expect(site.pairs.isEmpty && !a.isLeader)
        #expect(site.spec?["leaseTransitions"] == 1)
        a.setPaused(false)
        await stop(a, b, c)
    }

    // MARK: Losing it

    @Test func `a leader that was stopped for a minute knows at its first question that it leads no more`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        let term = try #require(a.elector.term())
        a.setPaused(true)
        site.time.advance(by: .seconds(60))
        // Nothing of it has run since.
        #expect(!a.isLeader && a.elector.term() == nil)
        a.setPaused(false)
        _ = try #require(await site.passTime([a]) { a.isLeader })
        // Nobody took it, but somebody could have.
        #expect(a.elector.term() == term + 1)
        _ = await eventually { a.changes.count >= 3 }
        #expect(a.changes == [true, false, true])
        await stop(a)
    }

    @Test func `a leader that is cut off stops before another can lead, and follows that one when it is back`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        let b = site.candidate("b")
        _ = await site.passTime([a, b]) { b.elector.holder == "a" }
        a.setCut(true)
        let passed = try #require(await site.passTime([a, b]) { !a.isLeader })
        #expect(passed <= .seconds(11))
        #expect(!b.isLeader)
        _ = try #require(await site.passTime([a, b]) { b.isLeader })
        a.setCut(false)
        _ = try #require(await site.passTime([a, b]) { a.elector.holder == "b" })
        #expect(!a.isLeader && site.pairs.isEmpty)
        await stop(a, b)
    }

    @Test func `a short absence of the API server costs nothing, a long one the leadership, and that comes back`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        let term = a.elector.term()
        site.server.script(.status(503, reason: "ServiceUnavailable"), of: .leases, times: 3)
        _ = try #require(await site.passTime([a]) { site.server.scriptCount == 0 })
        #expect(a.isLeader && a.elector.term() == term)
        await site.server.goAway()
        let passed = try #require(await site.passTime([a]) { !a.isLeader })
        #expect(passed <= .seconds(11))
        try await site.server.comeBack()
        _ = try #require(await site.passTime([a]) { a.isLeader })
        #expect(a.elector.term() == term.map { $0 + 1 })
        await stop(a)
    }

    @Test func `a renewal that hangs is told when the time is over`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        site.server.script(.hang, of: .leases, times: 20)
        // Requests end by the machine's own clock, which this test does not wait for: the end of the term is told without them.
        site.time.advance(by: .seconds(2))
        _ = await eventually { a.isAsking }
        site.time.advance(by: .seconds(9))
        #expect(!a.isLeader)
        #expect(await eventually { a.changes == [true, false] })
        await stop(a)
    }

    // MARK: Conflicts and nonsense

    @Test func `somebody who writes to the Lease does not cost the leadership`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        var lease = try #require(site.server.object(.leases, namespace: "certctl", name: "certctl"))
        lease["metadata"]?["labels"] = ["team": "edge"]
        lease["metadata"]?["annotations"] = ["note": "do \"not\" touch"]
        lease["spec"]?["strategy"] = "OldestEmulationVersion"
        site.server.put(lease)
        site.server.script(.conflict, at: .update, of: .leases)
        let before = site.server.requests(.update, of: .leases).count
        _ = try #require(await site.passTime([a]) { site.server.requests(.update, of: .leases).count > before + 4 })
        #expect(a.isLeader && a.elector.term() == 1)
        // What is not ours goes back as it came.
        let after = try #require(site.server.object(.leases, namespace: "certctl", name: "certctl"))
        #expect(after.at("metadata", "labels", "team")?.text == "edge")
        #expect(after.at("metadata", "annotations", "note")?.text == "do \"not\" touch")
        #expect(after.at("spec", "strategy")?.text == "OldestEmulationVersion")
        await stop(a)
    }

    @Test func `a Lease that is deleted under its leader is made again`() async throws {
        let site = try await electorate()
        let a = site.candidate("a")
        _ = await site.passTime([a]) { a.isLeader }
        site.server.delete(.leases, namespace: "certctl", name: "certctl")
        _ = try #require(await site.passTime([a]) { site.spec?["holderIdentity"]?.text == "a" })
        #expect(a.isLeader && a.elector.term() == 1)
        await stop(a)
    }

    @Test(arguments: [
        "{}", "spec: {}", "spec: {holderIdentity: null}", "spec: {holderIdentity: \"\", leaseTransitions: -4}",
        "spec: {holderIdentity: ghost, leaseDurationSeconds: 0}", "spec: {holderIdentity: ghost, renewTime: \"not a time\"}",
        "spec: {holderIdentity: ghost, leaseDurationSeconds: 20, leaseTransitions: 2147483647}",
    ])
    func `a Lease with nonsense in it is taken when its time is over, if it has one`(_ spec: String) async throws {
        let site = try await electorate()
        site.server.put(
            "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: certctl, namespace: certctl}, \(spec == "{}" ? "x: y" : spec)}"
        )
        let a = site.candidate("a")
        let passed = try #require(await site.passTime([a]) { a.isLeader })
        #expect(spec.contains("ghost") == (passed > .seconds(12)), "\(passed)")
        await stop(a)
    }

    @Test func `what cannot be read as a Lease makes nobody a leader, and is over when it is over`() async throws {
        let site = try await electorate()
        let broken: [String] = [
            "", "null", "[]", "{", "{\"metadata\":{}}", "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":[]}",
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"holderIdentity\":7}}",
            "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"leaseDurationSeconds\":99999999999999999999}}",
        ]
        for body in broken { site.server.script(.answer(status: 200, body: Array(body.utf8)), of: .leases) }
        let a = site.candidate("a")
        while site.server.scriptCount > 0 {
            #expect(!a.isLeader)
            let left = site.server.scriptCount
            let passed = await site.passTime([a]) { site.server.scriptCount < left }
            #expect(passed != nil)
        }
        _ = try #require(await site.passTime([a]) { a.isLeader })
        await stop(a)
    }

    @Test func `a creation whose answer is lost is found on the next look`() async throws {
        let site = try await electorate()
        site.server.script(.closeAfter, at: .create, of: .leases)
        let a = site.candidate("a")
        _ = try #require(await site.passTime([a]) { a.isLeader })
        #expect(site.spec?["leaseTransitions"] == 0)
        await stop(a)
        #expect(site.spec?["holderIdentity"]?.text == "")
    }

    // MARK: Small parts

    @Test func `an elector without a name given has the host's and a number of its own`() async throws {
        let server = try await FakeAPIServer()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = APIClient(server.configuration, logger: logger)
        let identities = (0..<2).map { _ in LeaseElector(client: client, lease: Candidate.lease, logger: logger).identity }
        #expect(identities[0] != identities[1])
        #expect(identities.allSatisfy { $0.wholeMatch(of: /[^_]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil }, "\(identities)")
    }

    @Test func `requests about the Lease pass by the rate limit`() async throws {
        let server = try await FakeAPIServer()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = APIClient(server.configuration, limits: RateLimit(requestsPerSecond: 0.001, burst: 1), logger: logger)
        let lease = LeaseClient(client: client, name: Candidate.lease, timeout: .seconds(5))
        for _ in 0..<5 { #expect(try await lease.read() == nil) }
    }

    @Test func `a write that waits for its next attempt is not sent any more once its sender may not act`() async throws {
        let server = try await FakeAPIServer()
        let time = ManualTime()
        let client = APIClient(server.configuration, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        server.put("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}}")
        server.script(.tooManyRequests(retryAfter: "3"), of: .configMaps, times: 2)
        let before = time.now()
        // Until the pause of three seconds.
        try await Fencing.$permission.withValue(Fencing.Permission { time.now() < before.addingTimeInterval(1) }) {
            let error = await #expect(throws: APIError.self) {
                _ = try await client.send(.delete(.configMaps, namespace: "x", name: "a"))
            }
            #expect(error?.code == .cancelled && error?.message == "this process is not the leader any more")
            #expect(server.requests(.delete, of: .configMaps).count == 1)
            // Reading is always allowed.
            _ = try await client.send(.get(.configMaps, namespace: "x", name: "a"))
        }
        _ = try await client.send(.delete(.configMaps, namespace: "x", name: "a"))
    }

    @Test func `the clock is the one that counts while the machine sleeps`() throws {
        let text = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
        let uptime = try #require(Double(text.prefix { $0 != " " }))
        #expect(abs(BootClock.now().seconds - uptime) < 5)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1_788_264_000.5, "2026-09-01T12:00:00.500000Z"), (-0.25, "1969-12-31T23:59:59.750000Z"),
        (1_788_264_000.000001, "2026-09-01T12:00:00.000000Z"),
    ])
    func `a time has exactly six digits`(_ seconds: Double, _ text: String) {
        #expect(MicroTime.text(Date(timeIntervalSince1970: seconds)).prefix(25) == text.prefix(25))
        #expect(MicroTime.text(Date(timeIntervalSince1970: seconds)).count == text.count)
    }
}
