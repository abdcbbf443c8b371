import Certificates
import Core
import FoundationEssentials
import HTTPClient
import Issuance
import Synchronization
import TestKit
import Testing

@testable import Admin

@Suite("What replicas serve against what is stored") struct ReplicaTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let shop = NamespacedName(namespace: "web", name: "shop-tls")

    private static func fact(_ change: (inout CertificateFact) -> Void = { _ in }) -> CertificateFact {
        var fact = CertificateFact(
            namespace: "web", secretName: "shop-tls", hosts: ["shop.example", "www.example"], ingresses: ["web/shop"], state: .valid)
        fact.fingerprint = "new"
        change(&fact)
        return fact
    }

    private static func report(
        _ name: String, _ served: [NamespacedName: ServedSecret]?, isReady: Bool = true, version: String = "1"
    ) -> ServedReport {
        ServedReport(
            ReplicaIdentity(name: name, instance: "of " + name, role: served == nil ? "controller" : "proxy", version: version),
            isReady: isReady, served: served)
    }

    // MARK: The comparison

    /// What counts after it has been so for long enough.
    private func deviations(_ fact: CertificateFact, _ served: ServedSecret?, isReady: Bool = true) -> [ServedCertificate]? {
        var deviations = ServedDeviations()
        let reports = [Self.report("b", served.map { [Self.shop: $0] } ?? [:], isReady: isReady)]
        #expect(deviations.compare([fact], with: reports, now: Self.now).served.isEmpty, "too early")
        let later = Self.now.addingTimeInterval(ReplicaLimits.reloadTimeMax.seconds)
        return deviations.compare([fact], with: reports, now: later).served[Self.shop]
    }

    @Test func `another certificate and a placeholder are told, with the replica and since when`() {
        let since = Self.now
        #expect(
            deviations(Self.fact(), .certificate(fingerprint: "old"))
                == [ServedCertificate(replica: "b", fingerprint: "old", since: since)])
        #expect(deviations(Self.fact(), .placeholder) == [ServedCertificate(replica: "b", fingerprint: nil, since: since)])
        #expect(deviations(Self.fact(), nil) == [ServedCertificate(replica: "b", fingerprint: nil, since: since)])
    }

    @Test func `what is right, and what is another matter, is not`() {
        #expect(deviations(Self.fact(), .certificate(fingerprint: "new")) == nil)
        #expect(deviations(Self.fact(), .other) == nil)
        #expect(deviations(Self.fact(), .certificate(fingerprint: "old"), isReady: false) == nil)
        #expect(deviations(Self.fact { $0.fingerprint = nil }, .placeholder) == nil)
        #expect(deviations(Self.fact { $0.secretProblem = "no key" }, .placeholder) == nil)
        #expect(deviations(Self.fact { $0.ingresses = [] }, nil) == nil)
        #expect(deviations(Self.fact { $0.uncoveredHosts = $0.hosts }, .placeholder) == nil)
        #expect(deviations(Self.fact { $0.uncoveredHosts = ["www.example"] }, .placeholder) != nil)
    }

    @Test func `a reload takes a moment, and each new certificate begins another`() {
        var deviations = ServedDeviations()
        let old = [Self.report("b", [Self.shop: .certificate(fingerprint: "old")])]
        func compare(_ seconds: Double, stored: String) -> (told: Bool, isUnsettled: Bool) {
            let outcome = deviations.compare(
                [Self.fact { $0.fingerprint = stored }], with: old, now: Self.now.addingTimeInterval(seconds))
            return (!outcome.served.isEmpty, outcome.isUnsettled)
        }
        #expect(compare(0, stored: "new") == (false, true))
        #expect(compare(4.9, stored: "new") == (false, true))
        #expect(compare(5, stored: "new") == (true, false))
        #expect(compare(6, stored: "newer") == (false, true))
        #expect(compare(11, stored: "newer") == (true, false))
        #expect(compare(12, stored: "old") == (false, false))
    }

    @Test func `of many deviations only so many are kept`() {
        var deviations = ServedDeviations()
        let facts = (0..<(ReplicaLimits.deviationsMax + 5)).map { index in Self.fact { $0.secretName = "s\(index)" } }
        _ = deviations.compare(facts, with: [Self.report("b", [:])], now: Self.now)
        let told = deviations.compare(facts, with: [Self.report("b", [:])], now: Self.now.addingTimeInterval(60)).served
        #expect(told.count == ReplicaLimits.deviationsMax)
    }

    @Test func `a report holds so many Secrets and counts the rest, which nobody takes for missing`() {
        var served: [NamespacedName: ServedSecret] = [:]
        for index in 0...ReplicaLimits.servedSecretsMax {
            served[NamespacedName(namespace: "web", name: "z\(index)")] = .placeholder
        }
        let report = Self.report("b", served)
        #expect(report.served.count == ReplicaLimits.servedSecretsMax && report.omitted == 1)
        var deviations = ServedDeviations()
        _ = deviations.compare([Self.fact()], with: [report], now: Self.now)
        #expect(deviations.compare([Self.fact()], with: [report], now: Self.now.addingTimeInterval(60)).served.isEmpty)
        served[NamespacedName(namespace: "web", name: "z0")] = nil
        #expect(Self.report("b", served).omitted == 0)
    }

    // MARK: Over the network

    /// What a replica serves; a test changes it.
    private final class Replica: Sendable {
        private struct State {
            var report: ServedReport
            var answers: [Int] = []
            var authorizations: [String?] = []
        }
        private let state: Mutex<State>

        init(_ report: ServedReport) { state = Mutex(State(report: report)) }

        var report: ServedReport {
            get { state.withLock { $0.report } }
            set { state.withLock { $0.report = newValue } }
        }

        /// The statuses that it has answered.
        var answers: [Int] { state.withLock { $0.answers } }

        func answer(_ request: AdminRequest) -> AdminResponse {
            guard request.path == ServedReport.path else { return .text(404, "nothing") }
            let answer = ServedPage(report).answer(to: request)
            state.withLock { $0.answers.append(answer.status) }
            return answer
        }
    }

    /// Where nobody listens, nor ever will: a port that was free a moment ago may be another test's by now.
    private static let gone = ListenAddress(host: "127.0.0.1", port: 1)

    /// Two admin servers, and a watch in the first of them.
    private func withReplicas(
        also others: [ListenAddress] = [], authorization: String? = nil, answerTime: Duration = .seconds(60),
        _ body: (_ watch: ReplicaWatch, _ a: Replica, _ b: Replica, _ time: ManualTime) async throws -> Void
    ) async throws {
        let time = ManualTime(Self.now)
        let (a, b) = (Replica(Self.report("a", [Self.shop: .certificate(fingerprint: "new")])), Replica(Self.report("b", [:])))
        b.report = Self.report("b", [Self.shop: .certificate(fingerprint: "new")])
        let any = ListenAddress(host: "127.0.0.1", port: 0)
        let servers = [try await AdminServer.start(on: any) { a.answer($0) }, try await AdminServer.start(on: any) { b.answer($0) }]
        let client = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let addresses = servers.map(\.address) + others
        let watch = ReplicaWatch(
            own: a.report.replica, authorization: { authorization }, client: client, time: time, answerTime: answerTime
        ) {
            addresses
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(watch, a, b, time)) } catch { result = .failure(error) }
        await client.shutdown()
        for server in servers { await server.stop() }
        try result.get()
    }

    private func look(_ watch: ReplicaWatch, _ a: Replica, _ fact: CertificateFact = fact()) async -> (
        served: [ServedCertificate]?, advice: String?, replicas: [ReplicaFact]
    ) {
        let seen = await watch.look(own: { a.report }, stored: { [fact] })
        return (seen.facts.first?.served, seen.facts.first?.advice, seen.replicas)
    }

    @Test func `an old certificate on another replica is found, also by who looks only once`() async throws {
        try await withReplicas { watch, a, b, time in
            b.report = Self.report("b", [Self.shop: .certificate(fingerprint: "old")])
            let seen = await look(watch, a)
            #expect(seen.served == [ServedCertificate(replica: "b", fingerprint: "old", since: Self.now)])
            #expect(time.slept == [ReplicaLimits.reloadTimeMax])
            #expect(seen.advice?.hasPrefix("look at the log of replica b") == true)
            #expect(seen.replicas.map(\.identity) == ["a", "b"] && seen.replicas.allSatisfy(\.isReachable))
            b.report = Self.report("b", [Self.shop: .certificate(fingerprint: "new")])
            time.advance(by: .seconds(6))
            #expect(await look(watch, a).served == nil)
        }
    }

    @Test func `who looks all the time does not wait for a reload`() async throws {
        try await withReplicas { watch, a, b, time in
            #expect(await look(watch, a).served == nil)
            time.advance(by: .seconds(6))
            b.report = Self.report("b", [Self.shop: .placeholder])
            #expect(await look(watch, a).served == nil)
            #expect(time.slept.isEmpty)
            time.advance(by: .seconds(6))
            #expect(await look(watch, a).served?.map(\.fingerprint) == [nil])
        }
    }

    @Test func `this process is judged as well, and is not asked twice`() async throws {
        try await withReplicas { watch, a, _, _ in
            a.report = Self.report("a", [Self.shop: .certificate(fingerprint: "old")])
            let seen = await look(watch, a)
            #expect(seen.served?.map(\.replica) == ["a"])
            #expect(seen.replicas.map(\.identity) == ["a", "b"])
        }
    }

    @Test func `an answer that is the same costs a line, and one that was just given is not asked for again`() async throws {
        try await withReplicas { watch, a, b, time in
            for _ in 0..<3 { _ = await look(watch, a) }
            #expect(b.answers == [200])
            time.advance(by: ReplicaLimits.replicaAnswersKept)
            _ = await look(watch, a)
            #expect(b.answers == [200, 304])
            b.report = Self.report("b", [:])
            time.advance(by: ReplicaLimits.replicaAnswersKept)
            _ = await look(watch, a)
            #expect(b.answers == [200, 304, 200])
        }
    }

    @Test func `one that cannot be reached, hangs, refuses or talks nonsense is reported and not believed`() async throws {
        let any = ListenAddress(host: "127.0.0.1", port: 0)
        let silent = try await AdminServer.start(on: any) { _ in
            try? await Task.sleep(for: .seconds(30))
            return .text(200, "")
        }
        let refusing = try await AdminServer.start(on: any) { _ in .text(403, "token") }
        let old = try await AdminServer.start(on: any) { _ in .text(404, "there is nothing") }
        let strange = try await AdminServer.start(on: any) { _ in .text(200, "hello") }
        let others = [Self.gone] + [silent, refusing, old, strange].map(\.address)
        // Longer than in the product: a busy machine is not what this is about.
        try await withReplicas(also: others, answerTime: .seconds(8)) { watch, a, _, _ in
            let seen = await look(watch, a)
            func problem(at address: ListenAddress) -> String? {
                seen.replicas.first { $0.address == address.description && !$0.isReachable }?.problem
            }
            func problem(_ server: AdminServer) -> String? { problem(at: server.address) }
            #expect(problem(at: Self.gone)?.contains("cannot connect") == true)
            #expect(problem(silent)?.contains("not complete within") == true)
            #expect(problem(refusing) == "it answered 403: give all replicas the same --admin-token-file")
            #expect(problem(old) == "it answered 404: its version of certctl does not tell what it serves")
            #expect(problem(strange)?.hasPrefix("its answer is not what certctl") == true)
            #expect(seen.replicas.count { $0.isReachable } == 2)
            #expect(seen.served == nil)
        }
        for server in [silent, refusing, old, strange] { await server.stop() }
    }

    @Test func `the token is shown to the others`() async throws {
        let shown = Mutex<[String]>([])
        let any = ListenAddress(host: "127.0.0.1", port: 0)
        let server = try await AdminServer.start(
            on: any, credentials: AdminCredentials(AdminAccess(bearerToken: Array("0123456789abcdef0123".utf8)) ?? .loopbackOnly)
        ) { request in
            shown.withLock { $0.append(request.path) }
            return ServedPage(Self.report("c", [:])).answer(to: request)
        }
        try await withReplicas(also: [server.address], authorization: "Bearer 0123456789abcdef0123") { watch, a, _, _ in
            #expect(await look(watch, a).replicas.first { $0.identity == "c" }?.isReachable == true)
        }
        #expect(shown.withLock { !$0.isEmpty })
        await server.stop()
    }

    @Test func `more replicas than are asked are said`() async throws {
        let time = ManualTime(Self.now)
        let client = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let a = Replica(Self.report("a", nil))
        let watch = ReplicaWatch(own: a.report.replica, authorization: { nil }, client: client, time: time) {
            (0...ReplicaLimits.replicasMax).map { _ in Self.gone }
        }
        let seen = await look(watch, a)
        #expect(seen.replicas.first { $0.problem?.hasPrefix("there are 101 replicas") == true } != nil)
        await client.shutdown()
    }

    @Test func `when nobody knows where they are, that is said`() async throws {
        struct Lost: Error {}
        let client = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let a = Replica(Self.report("a", nil))
        let watch = ReplicaWatch(own: a.report.replica, authorization: { nil }, client: client, time: ManualTime(Self.now)) { throw Lost() }
        let seen = await look(watch, a)
        #expect(seen.replicas.map(\.isReachable) == [true, false])
        #expect(seen.replicas.last?.problem == "the replicas cannot be found: Lost()")
        await client.shutdown()
    }

    @Test func `without others there is one replica`() async throws {
        let client = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let a = Replica(Self.report("a", [Self.shop: .certificate(fingerprint: "new")]))
        let watch = ReplicaWatch(own: a.report.replica, authorization: { nil }, client: client, time: ManualTime(Self.now), addresses: nil)
        let seen = await look(watch, a)
        #expect(seen.replicas.map(\.identity) == ["a"] && seen.served == nil)
        await client.shutdown()
    }
}
