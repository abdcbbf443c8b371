import ACME
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Store
import TestKit
import Testing

@testable import Issuance

@Suite("Controller: when things go wrong") struct FailureTests {
    private func bench(_ extra: String = "") throws -> Bench {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(extra: extra), Manifest.ingress("a", hosts: ["a.example"]))
        return bench
    }

    @Test func `a refused name fails with the CA's words, backs off on the ladder and goes on after a restart`() async throws {
        let bench = try bench()
        let problem = Problem(type: "urn:ietf:params:acme:error:unauthorized", detail: "Invalid response from http://a.example: 404")
        await bench.ca.change { $0.failures = ["a.example": problem] }
        try bench.start()
        let first = try await bench.fact { $0.failures == 1 }
        #expect(first.state == .failing && first.reason == "DoesNotExist")
        #expect(first.lastError?.contains("Invalid response from http://a.example: 404") == true)
        let wait = try #require(first.nextAttempt).timeIntervalSince(bench.time.now())
        #expect((50...66).contains(wait))
        #expect(bench.web.tokens.isEmpty)
        try await bench.passTime(until: try #require(first.nextAttempt).addingTimeInterval(1))
        let second = try await bench.fact { $0.failures == 2 }
        #expect((100...132).contains(try #require(second.nextAttempt).timeIntervalSince(bench.time.now())))
        await bench.stop()

        let orders = await bench.ca.counts.orders
        try bench.start()
        let third = try await bench.fact { $0.failures == 2 }
        #expect(third.state == .failing && third.lastError == second.lastError && third.firstFailure == second.firstFailure)
        #expect(await bench.ca.counts.orders == orders)
        await bench.ca.change { $0.failures = [:] }
        try await bench.passTime(until: try #require(third.nextAttempt).addingTimeInterval(2))
        let good = try await bench.valid()
        #expect(good.failures == 0 && good.lastError == nil)
        try await bench.eventually { bench.storedNames() == ["tls.yaml"] }
        await bench.stop()
    }

    @Test func `a rate limit is waited out as long as the CA asks`() async throws {
        let bench = try bench()
        await bench.ca.script(.problem(429, "rateLimited", "too many certificates", retryAfter: "7200"), at: .newOrder)
        try bench.start()
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(fact.lastError?.contains("too many certificates") == true)
        #expect((7190...7200).contains(try #require(fact.nextAttempt).timeIntervalSince(bench.time.now())))
        try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(1))
        try await bench.valid()
        await bench.stop()
    }

    @Test func `a CA that is down leaves the old certificate alone, and is asked by one of many`() async throws {
        let bench = try bench()
        try bench.start()
        let before = try await bench.valid()
        let bytes = bench.stored("tls")
        bench.transports.setDown(true)
        try await bench.passTime(until: try #require(before.renewAt).addingTimeInterval(1))
        let fact = try await bench.fact { $0.failures >= 1 }
        #expect(fact.state == .failing && fact.reason == "Renewing" && fact.serialNumber == before.serialNumber)
        #expect(fact.lastError?.contains("connection refused") == true)
        #expect(bench.stored("tls") == bytes)
        bench.transports.setDown(false)
        try await bench.passTime(until: try #require(fact.nextAttempt).addingTimeInterval(5))
        try await bench.fact { $0.state == .valid && $0.serialNumber != before.serialNumber }
        await bench.stop()
    }

    @Test func `an account that cannot be had is asked for once, not by every certificate`() async throws {
        let bench = try Bench()
        await bench.ca.script(.problem(403, "unauthorized", "no account for you"), at: .newAccount, times: 100)
        let names = (0..<15).map { "n\($0)" }
        try bench.write(
            "a.yaml", Manifest.acme(), names.map { Manifest.ingress($0, hosts: ["\($0).example"], secret: $0) }.joined(separator: "\n---\n")
        )
        try bench.start()
        try await bench.eventually { try await bench.controller.facts().filter { $0.failures == 1 }.count == 15 }
        let facts = try await bench.controller.facts()
        #expect(facts.allSatisfy { $0.lastError?.contains("no account for you") == true && $0.state == .failing })
        #expect(await bench.ca.counts.requests[.newAccount] == 1)
        #expect(Set(facts.map(\.lastError)).count == 1)
        try await bench.passTime(until: try #require(facts.compactMap(\.nextAttempt).max()).addingTimeInterval(1))
        try await bench.eventually { try await bench.controller.facts().allSatisfy { $0.failures == 2 } }
        #expect(await bench.ca.counts.requests[.newAccount] == 2)
        await bench.stop()
    }

    @Test func `an account that the CA lost is registered again with the same key`() async throws {
        let bench = try bench()
        try bench.start()
        let first = try await bench.valid()
        let key = try await bench.storedSecret("le-account", namespace: "certctl-system")?.data["tls.key"]
        await bench.ca.forgetAccounts()
        try await bench.controller.renew(NamespacedName(namespace: "web", name: "tls"))
        try await bench.fact { $0.state == .valid && $0.serialNumber != first.serialNumber }
        #expect(try await bench.storedSecret("le-account", namespace: "certctl-system")?.data["tls.key"] == key)
        await bench.stop()
    }

    @Test(arguments: ["other", "expired"]) func `a CA that issues something else is not believed, and not asked in a loop`(kind: String)
        async throws
    {
        let bench = try bench()
        await bench.ca.change { $0.product = kind == "other" ? .otherKey : .expired }
        try bench.start()
        let fact = try await bench.fact { $0.failures == 1 }
        #expect(fact.state == .failing)
        #expect(bench.stored("tls") == nil)
        #expect(await bench.ca.counts.certificates == 1)
        await bench.stop()
    }

    @Test func `a change of the Ingress ends the backoff, and drops the order for the old names`() async throws {
        let bench = try bench()
        let problem = Problem(type: "urn:ietf:params:acme:error:unauthorized", detail: "no")
        await bench.ca.change { $0.failures = ["a.example": problem] }
        try bench.start()
        try await bench.fact { $0.failures == 1 }
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["good.example"]))
        try await bench.valid()
        #expect(try await bench.keyPair().leaf.dnsNames == ["good.example"])
        await bench.stop()
    }

    @Test func `renew goes before the backoff, once`() async throws {
        let bench = try bench()
        await bench.ca.change { $0.failures = ["a.example": Problem(type: "urn:ietf:params:acme:error:dns", detail: "no")] }
        try bench.start()
        try await bench.fact { $0.failures == 1 }
        #expect(try await bench.controller.renewAllDue().map(\.name) == ["tls"])
        let fact = try await bench.fact { $0.failures == 2 }
        #expect(fact.state == .failing)
        await bench.stop()
    }

    @Test func `an Ingress that goes away stops its order, and its record goes after an hour`() async throws {
        let bench = try bench()
        await bench.ca.change { $0.failures = ["a.example": Problem(type: "urn:ietf:params:acme:error:dns", detail: "no")] }
        try bench.start()
        try await bench.fact { $0.failures == 1 }
        try bench.write("a.yaml", Manifest.acme())
        try await bench.eventually { try await bench.controller.facts().isEmpty }
        #expect(bench.storedNames() == ["certctl-order-tls.yaml"])
        try await bench.passTime(until: bench.time.now().addingTimeInterval(3590))
        #expect(bench.storedNames() == ["certctl-order-tls.yaml"])
        try await bench.passTime(until: bench.time.now().addingTimeInterval(20))
        try await bench.eventually { bench.storedNames().isEmpty }
        await bench.stop()
    }

    @Test func `a missing issuer blocks until it comes`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        let fact = try await bench.fact { $0.state == .blocked }
        #expect(fact.message == "ClusterIssuer le does not exist")
        try bench.write("le.yaml", Manifest.acme())
        try await bench.valid()
        await bench.stop()
    }

    @Test func `tokens that a dead process left are answered again at once, and go when nobody needs them`() async throws {
        let bench = try bench()
        let leftover = PresentedChallenge(
            type: .http01, identifier: try ACMEIdentifier(parsing: "gone.example"), token: "leftover-token",
            keyAuthorization: "leftover-token.x")
        try await bench.plant(
            ChallengeSecret.secret(
                for: leftover, .http01(token: leftover.token), target: NamespacedName(namespace: "web", name: "gone"),
                namespace: "certctl-system"))
        try bench.start()
        try await bench.valid()
        #expect(bench.web.seen.contains("leftover-token"))
        try await bench.eventually { bench.storedNames(namespace: "certctl-system") == ["le-account.yaml"] && bench.web.tokens.isEmpty }
        await bench.stop()
    }

    @Test func `a token that two orders need is answered until both are done`() async throws {
        let bench = try Bench()
        let store = try FolderStore(manifests: nil, state: bench.folder + "/state", logger: bench.log.logger)
        let table = ChallengeTable(namespace: "certctl-system", settled: {}, sink: { bench.web.publish($0) })
        let challenges = StoredChallenges(store: store, namespace: "certctl-system", table: table, logger: bench.log.logger)
        let challenge = PresentedChallenge(
            type: .http01, identifier: try ACMEIdentifier(parsing: "a.example"), token: "t", keyAuthorization: "t.k")
        let (one, two) = (NamespacedName(namespace: "web", name: "one"), NamespacedName(namespace: "web", name: "two"))
        try await challenges.present(challenge, .http01(token: "t"), target: one)
        try await challenges.present(challenge, .http01(token: "t"), target: two)
        await challenges.remove(.http01(token: "t"), target: one)
        #expect(bench.web.tokens == ["t": "t.k"] && bench.storedNames(namespace: "certctl-system").count == 1)
        await challenges.removeAll(of: two)
        #expect(bench.web.tokens.isEmpty && bench.storedNames(namespace: "certctl-system").isEmpty)
        await store.shutdown()
    }

    @Test func `tokens are durable before the CA is told to look`() async throws {
        let bench = try bench()
        // Dies at the first request to a challenge: everything before it has happened.
        var moment = 0
        while !bench.storedNames(namespace: "certctl-system").contains(where: { $0.hasPrefix("certctl-http01-") }) {
            moment += 1
            try #require(moment < 60)
            let fate = Fate(after: moment)
            try bench.start(fate)
            try await bench.eventually { fate.isDead }
            await bench.stop()
        }
        let requests = await bench.ca.counts.requests
        #expect(requests[.challenge, default: 0] == 0)
        try bench.start()
        try await bench.valid()
        await bench.stop()
    }

    @Test func `one client for each TLS configuration, closed when no issuer uses it`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme("a"), Manifest.acme("b"), Manifest.acme("c", extra: "skipTLSVerify: true"))
        for name in ["a", "b", "c"] {
            try bench.write(
                "i-\(name).yaml",
                Manifest.ingress(name, hosts: ["\(name).example"], secret: name, annotations: ["cert-manager.io/cluster-issuer": name]))
        }
        try bench.start()
        for name in ["a", "b", "c"] { try await bench.valid(name) }
        #expect(bench.transports.opened.count == 2)
        try bench.write("a.yaml", Manifest.acme("a"), Manifest.acme("b"))
        try await bench.eventually { bench.transports.closed == [ACMETransportConfiguration(skipTLSVerify: true)] }
        await bench.stop()
        #expect(bench.transports.closed.count == 2)
    }
}
