import Core
import FoundationEssentials
import Logging
import Synchronization
import TestKit

@testable import KubernetesClient

/// One process that takes part in an election, with a clock and a connection that a test can take away from it.
final class Candidate: Sendable {
    let elector: LeaseElector
    private let link: Link
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let heard = Mutex<[Bool]>([])

    init(_ name: String, _ server: FakeAPIServer, _ time: ControlledTime, lease: NamespacedName = Candidate.lease) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = APIClient(server.configuration, logger: logger)
        link = Link(LeaseClient(client: client, name: lease, timeout: .seconds(5)), time)
        let origin = Date(timeIntervalSince1970: 0)
        elector = LeaseElector(
            link, identity: name, time: link, clock: { .milliseconds(Int64((time.now().timeIntervalSince(origin) * 1000).rounded())) },
            logger: logger)
    }

    static let lease = NamespacedName(namespace: "certctl", name: "certctl")

    var isLeader: Bool { elector.isLeader() }
    /// What a reader of the changes has heard, without what it begins with.
    var changes: [Bool] { Array(heard.withLock(\.self).dropFirst()) }

    func start() {
        let changes = elector.changes()
        Task { for await change in changes { heard.withLock { $0.append(change) } } }
        let run = Task { await elector.run() }
        task.withLock { $0 = run }
    }

    /// Shuts down in order.
    func stop() async {
        let run = task.withLock(\.self)
        run?.cancel()
        await run?.value
    }

    /// Cuts it off from the API server; it does not die of that.
    func setCut(_ isCut: Bool) { link.setCut(isCut) }

    var sleeping: Int { link.sleeping }
    var isAsking: Bool { link.isAsking }

    /// Stops it as SIGSTOP does: nothing of it runs, and its clock goes on.
    func setPaused(_ isPaused: Bool) { link.setPaused(isPaused) }

    /// What it waits by and asks through.
    private final class Link: LeaseRequests, TimeSource {
        private let requests: LeaseClient
        private let time: ControlledTime
        private let state = Mutex((isCut: false, isPaused: false))
        private let counts = Mutex((sleeping: 0, asking: 0))

        var sleeping: Int { counts.withLock { $0.sleeping } }
        var isAsking: Bool { counts.withLock { $0.asking > 0 } && state.withLock { !$0.isPaused } }

        init(_ requests: LeaseClient, _ time: ControlledTime) {
            (self.requests, self.time) = (requests, time)
        }

        func setCut(_ isCut: Bool) { state.withLock { $0.isCut = isCut } }
        func setPaused(_ isPaused: Bool) { state.withLock { $0.isPaused = isPaused } }

        func now() -> Date { time.now() }

        func sleep(for duration: Duration) async throws {
            counts.withLock { $0.sleeping += 1 }
            let result: Result<Void, any Error>
            do { result = .success(try await time.sleep(for: duration)) } catch { result = .failure(error) }
            counts.withLock { $0.sleeping -= 1 }
            await untilRunning()
            try result.get()
        }

        func read() async throws(APIError) -> StoredLease? {
            try await ask { () async throws(APIError) in try await requests.read() }
        }

        func create(_ record: LeaseRecord) async throws(APIError) -> StoredLease {
            try await ask { () async throws(APIError) in try await requests.create(record) }
        }

        func update(_ record: LeaseRecord, over lease: StoredLease) async throws(APIError) -> StoredLease {
            try await ask { () async throws(APIError) in try await requests.update(record, over: lease) }
        }

        private func ask<Answer>(_ request: () async throws(APIError) -> Answer) async throws(APIError) -> Answer {
            counts.withLock { $0.asking += 1 }
            defer { counts.withLock { $0.asking -= 1 } }
            await untilRunning()
            guard state.withLock({ !$0.isCut }) else { throw APIError(code: .unreachable, message: "cut off", subject: "lease") }
            let answer = try await request()
            await untilRunning()
            return answer
        }

        private func untilRunning() async {
            _ = await eventually(within: .seconds(60)) { state.withLock { !$0.isPaused } }
        }
    }
}

/// Some candidates, one API server, and one time.
struct Electorate {
    let server: FakeAPIServer
    let time = ControlledTime(passing: .zero)

    init() async throws {
        server = try await FakeAPIServer()
    }

    func candidate(_ name: String) -> Candidate {
        let candidate = Candidate(name, server, time)
        candidate.start()
        return candidate
    }

    /// Lets time pass in small steps until it is so, looking at each that no two lead.
    ///
    /// - Returns: how much time that took, or nil when it was not so within a minute.
    func passTime(_ candidates: [Candidate], until holds: () async -> Bool) async -> Duration? {
        var passed = Duration.zero
        while passed < .seconds(60) {
            if await holds() { return passed }
            time.advance(by: .milliseconds(250))
            passed += .milliseconds(250)
            await settle(candidates)
        }
        return await holds() ? passed : nil
    }

    /// Waits until all that were woken have asked what they wanted to, since requests take real time and the clock does not wait for them.
    private func settle(_ candidates: [Candidate]) async {
        var quiet = 0
        _ = await eventually(within: .seconds(10)) {
            look(candidates)
            await Task.yield()
            let isQuiet = candidates.reduce(0) { $0 + $1.sleeping } <= time.sleeperCount && !candidates.contains(where: \.isAsking)
            quiet = isQuiet ? quiet + 1 : 0
            return quiet > 1
        }
    }

    private func look(_ candidates: [Candidate]) {
        let leaders = candidates.filter(\.isLeader)
        if leaders.count > 1 { pairs.add(leaders.map { $0.elector.identity }) }
    }

    /// Those who led at the same time.
    let pairs = Pairs()

    final class Pairs: Sendable {
        private let found = Mutex<[[String]]>([])
        func add(_ names: [String]) { found.withLock { $0.append(names) } }
        var isEmpty: Bool { found.withLock { $0.isEmpty } }
    }

    /// The `spec` of the Lease as it is stored.
    var spec: JSONValue? {
        server.object(.leases, namespace: Candidate.lease.namespace, name: Candidate.lease.name)?["spec"]
    }
}
