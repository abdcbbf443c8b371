import ACME
import CALimits
import Core
import FoundationEssentials
import KubernetesAPI
import TestKit
import Testing

@testable import Issuance

@Suite("Numbers of issuance") struct NumbersTests {
    private static let directory = "https://ca.test/directory"

    private func settings() -> IssuanceSettings {
        let orders = CALimit(name: "orders", counts: .orders, scope: .account, count: 10, window: .hours(10))
        let domains = CALimit(name: "domains", counts: .certificates, scope: .registeredDomain, count: 3, window: .hours(30))
        return IssuanceSettings(
            caLimits: CALimitsSet([CALimitsDocument(name: "test", servers: [Self.directory], limits: [orders, domains])]))
    }

    @Test func `what CAs still allow, who waits, and how attempts ended`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start(settings: settings())
        try await bench.valid()
        try await bench.eventually { try await bench.controller.numbers().running == 0 }
        let first = try await bench.controller.numbers()
        #expect(first.outcomes.issued == 1 && first.outcomes.failed == 0 && first.outcomes.all == 1)
        #expect(first.queued == 0 && first.challenges.isEmpty)
        #expect(first.budgets.entries.map(\.limit) == ["orders", "domains"])
        #expect(first.budgets.entries.map(\.allowed) == [10, 3] && first.budgets.entries.map(\.left) == [9, 2])

        // Three more of the same domain: the last one has to wait.
        let more = ["b", "c", "d"].map { Manifest.ingress($0, hosts: ["\($0).a.example"], secret: $0) }
        try bench.write("b.yaml", more.joined(separator: "\n---\n"))
        try await bench.eventually { try await bench.controller.numbers().queued == 1 }
        try await bench.eventually { try await bench.controller.numbers().running == 0 }
        let later = try await bench.controller.numbers()
        #expect(later.outcomes.issued == 3)
        #expect(later.budgets.entries.map(\.left) == [7, 0])
        await bench.stop()
    }

    @Test func `an attempt that fails is counted as such, and its challenges are gone`() async throws {
        var ca = FakeCA.Settings()
        ca.failures["a.example"] = Problem(type: "urn:ietf:params:acme:error:connection", detail: "no answer")
        let bench = try Bench(caSettings: ca)
        try bench.write("a.yaml", Manifest.acme(), Manifest.ingress("a", hosts: ["a.example"]))
        try bench.start()
        try await bench.fact { $0.failures == 1 }
        try await bench.eventually { try await bench.controller.numbers().running == 0 }
        let numbers = try await bench.controller.numbers()
        #expect(numbers.outcomes.failed == 1 && numbers.outcomes.issued == 0 && numbers.challenges.isEmpty)
        await bench.stop()
    }

    @Test func `a challenge is pending, then the CA's, then gone`() {
        let progress = ChallengeProgress()
        let target = NamespacedName(namespace: "web", name: "tls")
        let challenge = PresentedChallenge(
            type: .http01, identifier: ACMEIdentifier(host("a.example")), token: "t", keyAuthorization: "t.k")
        progress.set(.pending, challenge, of: target)
        #expect(progress.facts.map(\.state) == [.pending])
        progress.set(.processing, challenge, of: target)
        #expect(progress.facts.map(\.state) == [.processing])
        #expect(progress.facts.map { [$0.namespace, $0.secretName, $0.domain, $0.type] } == [["web", "tls", "a.example", "http-01"]])
        progress.set(.errored, challenge, of: target, reason: "refused\n\u{1B}[31m by the provider")
        #expect(progress.facts.map(\.reason) == ["refused??[31m by the provider"])
        progress.remove(challenge, of: target)
        #expect(progress.facts.isEmpty)
        progress.set(.pending, challenge, of: target)
        let wildcard = PresentedChallenge(
            type: .http01, identifier: ACMEIdentifier(host("a.example")), isWildcard: true, token: "t", keyAuthorization: "t.k")
        progress.set(.pending, wildcard, of: target)
        #expect(progress.facts.map(\.domain) == ["*.a.example", "a.example"])
        progress.set(.pending, challenge, of: NamespacedName(namespace: "web", name: "other"))
        progress.removeAll(of: target)
        #expect(progress.facts.map(\.secretName) == ["other"])
    }

    @Test(arguments: [(1000, 1000), (1001, 1000)]) func `a thousand challenges are shown`(count: Int, shown: Int) {
        let progress = ChallengeProgress()
        for number in 0..<count {
            let challenge = PresentedChallenge(
                type: .dns01, identifier: ACMEIdentifier(host("h\(number).example")), token: "t", keyAuthorization: "t.k")
            progress.set(.pending, challenge, of: NamespacedName(namespace: "web", name: "tls"))
        }
        #expect(ChallengeProgress.challengesMax == 1000 && progress.facts.count == shown)
    }
}
