import ACME
import CALimits
import Core
import FoundationEssentials
import KubernetesAPI
import Store
import Synchronization
import TestKit
import Testing

@testable import Issuance

@Suite("Several controllers over one store, of which one leads") struct LeadershipTests {
    private func replicas(_ count: Int = 2, asked: Int = 0, caSettings: FakeCA.Settings = FakeCA.Settings()) throws -> Replicas {
        let replicas = try Replicas(count, asked: asked, caSettings: caSettings)
        try replicas.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example", "b.example"]))
        return replicas
    }

    private let target = NamespacedName(namespace: "web", name: "tls")

    // MARK: Looking on

    @Test func `who does not lead does nothing, and knows what the store shows`() async throws {
        let site = try replicas()
        let (leader, follower) = (site.all[0], site.all[1])
        try await site.eventually { try await follower.fact()?.state == .pending }
        #expect(await site.ca.counts.requests.isEmpty && site.names().isEmpty)
        await #expect(throws: RenewalRefusal.self) { try await follower.controller.renew(target) }
        #expect(try await follower.controller.renewAllDue().isEmpty)
        // The order that the leader has in flight shows on the follower.
        let gate = AsyncGate()
        leader.hooks.set(before: { if $0.contains("finalize") { await gate.pass() } })
        leader.leadership.lead()
        try await site.eventually { gate.waiting == 1 }
        try await site.eventually { try await follower.fact()?.state == .issuing }
        gate.open()
        try await site.eventually { try await follower.fact()?.state == .valid }
        let facts = try #require(try await follower.fact())
        #expect(facts.serialNumber == (try await leader.fact())?.serialNumber)
        #expect(follower.hooks.done.isEmpty)
        await site.stop()
    }

    @Test func `the CA may ask any replica`() async throws {
        let site = try replicas(3, asked: 2)
        site.all[0].leadership.lead()
        try await site.eventually { try await site.all[0].fact()?.state == .valid }
        #expect(site.all[2].web.asked.count >= 2)
        try await site.eventually { site.all.allSatisfy { $0.web.tokens.isEmpty } }
        #expect(await site.ca.counts.orders == 1)
        await site.stop()
    }

    @Test func `a replica whose updates lag finds the token in the store`() async throws {
        let site = try Replicas()
        let challenge = PresentedChallenge(
            type: .http01, identifier: try ACMEIdentifier(parsing: "a.example"), token: "tok-en_1", keyAuthorization: "tok-en_1.thumb")
        let secret = ChallengeSecret.secret(for: challenge, .http01(token: challenge.token), target: target, namespace: "certctl-system")
        let lookup = site.all[0].lookup
        #expect(await lookup("tok-en_1") == nil)
        try await site.store.put(secret, expecting: .absent)
        #expect(await lookup("tok-en_1") == "tok-en_1.thumb")
        #expect(await lookup("tok-en_2") == nil)
        // What is not the token's own key authorization is not told to anybody.
        var other = secret
        other.data["key-authorization"] = Array("something else".utf8)
        try await site.store.put(other, expecting: .any)
        #expect(await lookup("tok-en_1") == nil)
        other = secret
        other.metadata.labels = [:]
        try await site.store.put(other, expecting: .any)
        #expect(await lookup("tok-en_1") == nil)
        await site.stop()
        #expect(await lookup("tok-en_1") == nil)
    }

    // MARK: Handing over

    /// Runs one leader until it has done so many things, takes the leadership from it, and lets another finish.
    private func handOver(after moment: Int, _ site: Replicas) async throws {
        let (first, second) = (site.all[0], site.all[1])
        let left = Mutex(moment)
        first.hooks.set(after: { _ in
            let isTime = left.withLock { left in
                left -= 1
                return left == 0
            }
            guard isTime else { return }
            first.leadership.lose()
            second.leadership.lead()
        })
        if moment == 0 { second.leadership.lead() } else { first.leadership.lead() }
        try await site.eventually { try await second.fact()?.state == .valid }
        try await site.eventually { site.names() == ["tls.yaml"] && site.all.allSatisfy { $0.web.tokens.isEmpty } }
    }

    @Test func `whenever the leadership goes over, the next leader goes on with the same order and the same account`() async throws {
        let whole = try replicas(1)
        whole.all[0].leadership.lead()
        try await whole.eventually { try await whole.all[0].fact()?.state == .valid && whole.names() == ["tls.yaml"] }
        let steps = whole.all[0].hooks.done
        await whole.stop()
        #expect(steps.count > 15)
        // Only a leader that goes between the CA's answer and its writing down costs another order.
        let newOrder = try #require(steps.firstIndex { $0.hasSuffix("/newOrder") }) + 1
        for moment in 0...steps.count {
            let site = try replicas()
            if moment < steps.count {
                try await handOver(after: moment, site)
            } else {
                site.all[0].leadership.lead()
                try await site.eventually { try await site.all[0].fact()?.state == .valid && site.names() == ["tls.yaml"] }
            }
            let counts = await site.ca.counts
            #expect(counts.accounts == 1, "after \(moment) steps")
            #expect(counts.orders == (moment == newOrder ? 2 : 1), "after \(moment) steps: \(site.all[0].hooks.done.last ?? "")")
            #expect(counts.certificates == 1, "after \(moment) steps")
            for replica in site.all { #expect(try await replica.fact()?.failures == 0, "after \(moment) steps") }
            #expect(!site.log.text.contains("issuing a certificate failed"), "after \(moment) steps: \(site.log.text)")
            // Nothing more is done by a process that does not lead.
            #expect(moment == steps.count || site.all[0].hooks.done.count <= moment, "after \(moment) steps: \(site.all[0].hooks.done)")
            try await site.eventually { site.names(namespace: "certctl-system") == ["le-account.yaml"] }
            await site.stop()
        }
    }

    @Test func `a process that leads again goes on where it, or another, has stopped`() async throws {
        let site = try replicas()
        let (first, second) = (site.all[0], site.all[1])
        let turns = Mutex(0)
        // Each has some steps at a time: enough to find out where the other was, and to go on a little.
        let pass: @Sendable (Replicas.Replica, Replicas.Replica) -> Void = { from, to in
            let isTime = turns.withLock { turns in
                turns += 1
                return turns.isMultiple(of: 9)
            }
            if isTime {
                from.leadership.lose()
                to.leadership.lead()
            }
        }
        first.hooks.set(after: { _ in pass(first, second) })
        second.hooks.set(after: { _ in pass(second, first) })
        first.leadership.lead()
        try await site.eventually { try await first.fact()?.state == .valid && site.names() == ["tls.yaml"] }
        let counts = await site.ca.counts
        #expect(counts.accounts == 1 && counts.orders <= 2 && counts.certificates == 1)
        #expect(!site.log.text.contains("issuing a certificate failed"))
        await site.stop()
    }

    @Test func `losing the leadership ends a request that hangs, and nothing counts as failed or is deleted`() async throws {
        let site = try replicas(1)
        let replica = site.all[0]
        let gate = AsyncGate()
        replica.hooks.set(before: { if $0.contains("finalize") { await gate.pass() } })
        replica.leadership.lead()
        try await site.eventually { gate.waiting == 1 }
        let before = (site.names(), site.names(namespace: "certctl-system"))
        #expect(before.0 == ["certctl-order-tls.yaml"] && before.1.count == 3)
        replica.leadership.lose()
        // Cancelled, it comes back without a certificate.
        gate.open()
        try await site.eventually { try await replica.controller.isActive == false }
        #expect(site.names() == before.0 && site.names(namespace: "certctl-system") == before.1)
        #expect(try await replica.fact()?.state == .issuing)
        #expect(try await replica.fact()?.failures == 0)
        // The CA may be looking right now.
        #expect(replica.web.tokens.count == 2)
        replica.leadership.lead()
        try await site.eventually { try await replica.fact()?.state == .valid }
        #expect(await site.ca.counts.orders == 1)
        await site.stop()
    }

    @Test func `a backoff outlives the leader`() async throws {
        var settings = FakeCA.Settings()
        settings.failures = ["b.example": Problem(type: Problem.typePrefix + "dns", detail: "no such host", status: 400)]
        let site = try replicas(caSettings: settings)
        let (first, second) = (site.all[0], site.all[1])
        first.leadership.lead()
        try await site.eventually { try await first.fact()?.failures == 1 }
        let fact = try #require(try await first.fact())
        first.leadership.lose()
        try await site.eventually { try await first.controller.isActive == false }
        let orders = await site.ca.counts.orders
        second.leadership.lead()
        try await site.eventually { try await second.controller.isActive && site.time.nextDeadline != nil }
        let taken = try #require(try await second.fact())
        #expect(taken.state == .failing && taken.failures == 1 && taken.lastError == fact.lastError)
        #expect(await site.ca.counts.orders == orders)
        await site.ca.change { $0.failures = [:] }
        site.time.advance(to: try #require(taken.nextAttempt).addingTimeInterval(1))
        try await site.eventually { try await second.fact()?.state == .valid }
        await site.stop()
    }

    @Test func `a failure that the updates have not shown yet keeps a new leader back`() async throws {
        let site = try replicas(1)
        let replica = site.all[0]
        try await site.eventually { try await replica.fact()?.state == .pending }
        let item = try #require(await replica.controller.plan.items[target])
        let failure = FailureRecord(
            count: 3, first: noon, last: noon, nextAttempt: noon.addingTimeInterval(3600), message: "scripted",
            fingerprint: item.fingerprint)
        let record = IssuanceRecord(target: target, failure: failure, updated: noon)
        // Stored, and unknown to the plan: as when a watch lags.
        try await site.store.put(try record.secret(), expecting: .absent)
        let context = IssuanceContext(
            fence: LeadershipFence(AlwaysLeader()),
            IssuanceMeans(
                store: site.store, settings: IssuanceSettings(), time: site.time, transports: HTTPClientTransportFactory(), dns: nil,
                programs: PermittedPrograms(includesNamespaced: false), selfCheck: nil, revocation: nil,
                table: ChallengeTable(namespace: "certctl-system", settled: {}, sink: { _ in }),
                board: BudgetBoard(limits: CALimitsSet()), progress: ChallengeProgress(), logger: site.log.logger,
                protocolLogger: site.log.logger, traces: nil))
        let candidate = CandidateIssuer(name: IssuerName(kind: .clusterIssuer, name: "le"), issuer: Make.acme())
        let attempt = IssuanceAttempt(
            item: item, candidates: [candidate], origins: [candidate.origin], context: context, isForced: false, mayOrder: { _ in true }
        ) { true }
        let result = await attempt.run()
        guard case .cancelled = result.outcome else { throw IssuanceError(.ours, "\(result.outcome)") }
        #expect(result.record?.failure == failure)
        await site.stop()
    }

    // MARK: A leader that does not know that it was replaced

    @Test(arguments: ["put web/certctl-order-tls", "put web/tls", "delete web/certctl-order-tls"])
    func `a write that was under way when another took over is refused`(_ write: String) async throws {
        let site = try replicas()
        let (stale, next) = (site.all[0], site.all[1])
        let gate = AsyncGate()
        let count = Mutex(0)
        // The order's record is written three times; the last one is the one with the order in it.
        let nth = write.hasPrefix("put web/certctl-order") ? 2 : 1
        stale.hooks.set(before: { what in
            // The question whether it leads was asked before this, and answered with yes.
            guard what == write,
                count.withLock({
                    $0 += 1; return $0
                }) == nth
            else { return }
            await gate.pass()
        })
        stale.leadership.lead()
        try await site.eventually { gate.waiting == 1 }
        stale.leadership.lose()
        next.leadership.lead()
        try await site.eventually { try await next.fact()?.state == .valid && site.names() == ["tls.yaml"] }
        let written = try await site.secret("tls")
        let names = site.names()
        gate.open()
        try await site.eventually { stale.hooks.refused.contains("\(write): conflict") }
        try await site.eventually { try await stale.controller.running.isEmpty }
        #expect(try await site.secret("tls") == written)
        #expect(site.names() == names)
        #expect(try await stale.fact()?.failures == 0)
        #expect(!site.log.text.contains("issuing a certificate failed"))
        await site.stop()
    }

    @Test func `a record that somebody has gone on with is not cleaned away`() async throws {
        let known = IssuanceRecord(target: target, updated: noon)
        var stored = known
        #expect(!stored.isNews(to: known))
        stored.failure = FailureRecord(count: 1, first: noon, last: noon, nextAttempt: noon, message: "", fingerprint: "")
        #expect(!stored.isNews(to: known))
        stored.updated = noon.addingTimeInterval(1)
        #expect(stored.isNews(to: known) && stored.isNews(to: nil))
    }

    // MARK: The fence

    @Test func `what was begun in one time in office does not go on in the next`() async throws {
        let leadership = GivenLeadership()
        #expect(!LeadershipFence(leadership).isStanding)
        leadership.lead()
        let fence = LeadershipFence(leadership)
        #expect(fence.isStanding)
        leadership.lose()
        leadership.lead()
        #expect(!fence.isStanding)
        #expect(LeadershipFence(leadership).isStanding)
    }

    @Test func `a fence that was seen to be broken stays so, whatever the leadership says`() async throws {
        // Without numbers of terms.
        struct Flag: Leadership {
            let isSet: @Sendable () -> Bool
            func isLeader() -> Bool { isSet() }
            func changes() -> AsyncStream<Bool> { AsyncStream { $0.finish() } }
        }
        let isSet = Flagged()
        let fence = LeadershipFence(Flag { isSet.value })
        #expect(fence.isStanding)
        isSet.set(false)
        #expect(!fence.isStanding)
        isSet.set(true)
        #expect(!fence.isStanding)
    }

    @Test func `behind a broken fence the store is read, nothing is written, and no CA is asked`() async throws {
        let site = try Replicas(1)
        let leadership = GivenLeadership()
        let store = LeaderStore(store: site.store, fence: LeadershipFence(leadership))
        let secret = Secret(metadata: ObjectMeta(namespace: "web", name: "x"), data: [:])
        let configMap = ConfigMap(metadata: ObjectMeta(namespace: "web", name: "x"), data: [:])
        let refusal = await #expect(throws: StoreError.self) { try await store.put(secret, expecting: .any) }
        #expect(refusal?.code == .notLeader && refusal?.description == "Secret web/x: this process is not the leader any more")
        await #expect(throws: StoreError.self) { try await store.put(configMap, expecting: .any) }
        await #expect(throws: StoreError.self) { try await store.deleteSecret(secret.metadata.id, expecting: .any) }
        await #expect(throws: StoreError.self) { try await store.deleteConfigMap(secret.metadata.id, expecting: .any) }
        #expect(try await store.secret(secret.metadata.id) == nil)
        #expect(try await store.configMap(secret.metadata.id) == nil)
        let transports = FencedTransportFactory(factory: FakeTransports(ca: site.ca), fence: LeadershipFence(leadership))
        let opened = try transports.open(ACMETransportConfiguration())
        let request = ACMEHTTPRequest(method: .get, url: FakeCA.directoryURL)
        let error = await #expect(throws: ACMETransportError.self) { _ = try await opened.transport.send(request) }
        #expect(error?.kind == .cancelled)
        #expect(await site.ca.counts.requests.isEmpty)
        await site.stop()
    }
}

/// A flag.
final class Flagged: Sendable {
    private let state = Mutex(true)
    var value: Bool { state.withLock(\.self) }
    func set(_ value: Bool) { state.withLock { $0 = value } }
}

/// Lets tasks wait until it is opened, or until they are cancelled.
final class AsyncGate: Sendable {
    private let state = Mutex((waiting: 0, isOpen: false))
    var waiting: Int { state.withLock { $0.waiting } }
    func open() { state.withLock { $0.isOpen = true } }

    /// Waits; not ended by a cancellation, as a request that is on its way is not.
    func pass() async {
        state.withLock { $0.waiting += 1 }
        _ = await eventually(within: .seconds(60)) { state.withLock { $0.isOpen } }
    }
}
