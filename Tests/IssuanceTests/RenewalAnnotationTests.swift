import FoundationEssentials
import Testing

@testable import Issuance

@Suite("Renewal asked for on the Secret") struct RenewalAnnotationTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func target(_ annotations: [String: String], ownership: TargetSecret.Ownership = .ours) -> TargetSecret {
        let leaf = LeafFacts(names: ["a.example"], notBefore: now.addingTimeInterval(-3600), notAfter: now.addingTimeInterval(86_400))
        var target = TargetSecret(ownership: ownership, content: .certificate(leaf))
        target.annotations = annotations
        return target
    }

    private func text(_ seconds: Double) -> String { now.addingTimeInterval(seconds).formatted(.iso8601) }

    @Test func `a request that nobody has answered counts`() {
        #expect(RenewalAnnotation(target([RenewalAnnotation.asked: text(-5)]))?.at == now.addingTimeInterval(-5))
        #expect(
            RenewalAnnotation(target([RenewalAnnotation.asked: text(-5), RenewalAnnotation.answered: text(-50)])) != nil)
    }

    @Test func `one that was answered, one from before the certificate, one that is no time and one on a foreign Secret do not`() {
        #expect(RenewalAnnotation(target([RenewalAnnotation.asked: text(-5), RenewalAnnotation.answered: text(-5)])) == nil)
        #expect(RenewalAnnotation(target([RenewalAnnotation.asked: text(-3601)])) == nil)
        #expect(RenewalAnnotation(target([RenewalAnnotation.asked: "yes"])) == nil)
        #expect(RenewalAnnotation(target([RenewalAnnotation.asked: text(-5)], ownership: .foreign)) == nil)
        #expect(RenewalAnnotation(target([:])) == nil)
    }

    @Test func `it counts for more than the failures before it, and for no more than the ladder after one of its own`() throws {
        let asked = try #require(RenewalAnnotation(target([RenewalAnnotation.asked: text(-5)])))
        #expect(asked.force(lastFailure: nil, now: now) == .atOnce)
        #expect(asked.force(lastFailure: now.addingTimeInterval(-6), now: now) == .atOnce)
        #expect(asked.force(lastFailure: now.addingTimeInterval(-5), now: now) == .afterBackoff)
        #expect(asked.force(lastFailure: now.addingTimeInterval(-1), now: now) == .afterBackoff)
    }

    @Test func `a time to come does not have failures repeated until then`() throws {
        let asked = try #require(RenewalAnnotation(target([RenewalAnnotation.asked: text(3600)])))
        #expect(asked.force(lastFailure: nil, now: now) == .atOnce)
        #expect(asked.force(lastFailure: now.addingTimeInterval(-1), now: now) == .afterBackoff)
    }
}
