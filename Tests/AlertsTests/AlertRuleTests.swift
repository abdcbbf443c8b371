import Core
import FoundationEssentials
import Issuance
import Testing

@testable import Alerts

@Suite("Rules over facts")
struct AlertRuleTests {
    @Test func `alert name and threshold together tell all rules apart`() {
        let identities = Set(AlertRule.allCases.map { "\($0.name) \($0.threshold ?? "")" })
        #expect(identities.count == AlertRule.allCases.count)
    }

    @Test(arguments: [1.0 / 24, 6.0, 90.0, 398.0])
    func `expiry is judged by the part of the lifetime that is left`(days: Double) {
        func rule(_ left: Double) -> AlertRule? { findings([aging(days: days, left: left)]).conditions.first?.rule }
        #expect(rule(0.5) == nil)
        #expect(rule(0.34) == nil)
        #expect(rule(0.33) == nil, "the renewal has just become due")
        #expect(rule(0.31) == .expiringThird)
        #expect(rule(0.17) == .expiringThird)
        #expect(rule(0.16) == .expiringSixth)
        #expect(rule(0.051) == .expiringSixth)
        #expect(rule(0.049) == .expiringTwentieth)
        #expect(rule(0) == .expired)
        #expect(rule(-1) == .expired)
    }

    @Test func `a certificate that ends before it begins has ended`() {
        let odd = fact(state: .foreign) { fact in
            fact.notBefore = noon.addingTimeInterval(-60)
            fact.notAfter = noon.addingTimeInterval(-3600)
        }
        #expect(findings([odd]).conditions.map(\.rule) == [.expired])
    }

    @Test func `a renewal that was due earlier than at a third is overdue`() throws {
        let early = aging(left: 0.6)
        var fact = early
        fact.renewAt = noon.addingTimeInterval(-2 * 86_400)
        let condition = try #require(findings([fact]).conditions.first)
        #expect(condition.rule == .renewalOverdue)
        #expect(condition.summary.contains("Secret web/shop-tls (shop.example)"))
        #expect(condition.summary.contains("certctl renew web/shop-tls"))
    }

    @Test func `somebody else's certificate is not overdue at a third, but ends like any other`() {
        func foreign(_ left: Double) -> CertificateFact {
            var fact = aging(left: left, state: .foreign)
            fact.renewAt = nil
            return fact
        }
        #expect(findings([foreign(0.2)]).conditions.isEmpty)
        #expect(findings([foreign(0.1)]).conditions.map(\.rule) == [.expiringSixth])
        #expect(findings([foreign(0.1)]).conditions.first?.summary.contains("not certctl's to write") == true)
    }

    @Test func `failures fire from the third on, worse without a certificate`() {
        func failing(_ count: Int, served: Bool) -> [AlertCondition] {
            findings([
                fact(state: .failing, failures: count) { fact in
                    fact.lastError = "authorization of shop.example: refused"
                    fact.lastErrorCause = .other
                    if served {
                        fact.notBefore = noon.addingTimeInterval(-86_400)
                        fact.notAfter = noon.addingTimeInterval(86_400 * 30)
                    }
                }
            ]).conditions
        }
        #expect(failing(AlertLimits.failuresMin - 1, served: false).isEmpty)
        #expect(failing(AlertLimits.failuresMin, served: false).map(\.severity) == [.critical])
        #expect(failing(AlertLimits.failuresMin, served: true).map(\.severity) == [.warning])
        #expect(failing(3, served: false).first?.details == "authorization of shop.example: refused")
    }

    @Test func `a CA that is away is one alert, not one for each certificate`() {
        let facts = (0..<100).map { index in
            fact("tls-\(index)", state: .failing, failures: 5) {
                $0.lastErrorCause = .unreachable; $0.lastError = "newOrder: no answer"
            }
        }
        let found = findings(
            facts,
            issuers: [IssuerFact(issuer: NamespacedName(namespace: "", name: "letsencrypt"), readiness: .accountFailed("no answer"))])
        #expect(found.conditions.map(\.rule) == [.unreachable])
        #expect(found.conditions.first?.summary.contains("100 certificates") == true)
    }

    @Test func `a queue is information until a certificate would end in it`() {
        func queued(_ left: Double) -> [AlertCondition] {
            var fact = aging(left: left, state: .pending)
            fact.queuedUntil = noon.addingTimeInterval(3600)
            fact.queueReason = "new orders per account"
            return findings([fact]).conditions.filter { $0.rule == .rateLimited }
        }
        #expect(queued(0.33).map(\.severity) == [.info])
        #expect(queued(0.1).map(\.severity) == [.warning])
        #expect(queued(0.1).first?.subject == AlertSubject(kind: "ClusterIssuer", namespace: "", name: "letsencrypt"))
    }

    @Test func `an issuer without an account fires, one nobody has asked yet is not known`() {
        func issuer(_ readiness: IssuerFact.Readiness) -> AlertRules.Findings {
            findings([], issuers: [IssuerFact(issuer: NamespacedName(namespace: "web", name: "ca"), readiness: readiness)])
        }
        #expect(issuer(.accountFailed("unauthorized")).conditions.map(\.rule) == [.issuerNotReady])
        #expect(issuer(.keyPairMissing("secret not found")).conditions.map(\.rule) == [.issuerNotReady])
        #expect(issuer(.keyPairInvalid("no CA")).conditions.map(\.rule) == [.issuerNotReady])
        #expect(issuer(.ready).conditions.isEmpty)
        #expect(issuer(.unknown).unknown == [AlertSubject(kind: "Issuer", namespace: "web", name: "ca")])
    }

    @Test func `what is in the Secret, what policies say and what is revoked each have an alert`() {
        let facts = [
            fact("a", state: .foreign) { $0.uncoveredHosts = ["b.example", "c.example"] },
            fact("b", state: .foreign) { $0.secretProblem = "the key does not match" },
            fact("c", state: .blocked) { $0.policy = "namespace web may not have *.example" },
            fact("d") {
                $0.revoked = noon.addingTimeInterval(-60); $0.serialNumber = "0a"
            },
        ]
        #expect(Set(findings(facts).conditions.map(\.rule)) == [.hostNotCovered, .secretInvalid, .policyDenied, .revoked])
        #expect(findings(facts).conditions.first { $0.rule == .hostNotCovered }?.summary.contains("b.example and 1 more") == true)
    }

    @Test func `what replicas serve in place of what is stored is one alert for the Secret`() throws {
        let replicas = [
            ServedCertificate(replica: "certctl-a", fingerprint: "bb", since: noon.addingTimeInterval(-60)),
            ServedCertificate(replica: "certctl-b", fingerprint: nil, since: noon),
        ]
        let found = findings([aging(left: 0.9).served(as: replicas, at: noon)]).conditions
        #expect(found.map(\.rule) == [.servedDiffers])
        let condition = try #require(found.first)
        #expect(
            condition.summary
                == "visitors of shop.example get another certificate from 2 replicas instead of the one in Secret web/shop-tls; "
                + "`certctl inspect shop.example` compares them")
        #expect(
            condition.details
                == "stored: SHA-256 aa, replica certctl-a serves SHA-256 bb since 2026-09-01T11:59:00Z, "
                + "replica certctl-b serves a placeholder since 2026-09-01T12:00:00Z")
        let one = findings([aging(left: 0.9).served(as: [replicas[1]], at: noon)]).conditions.first?.summary
        #expect(one?.hasPrefix("visitors of shop.example get a self-signed placeholder from replica certctl-b instead of") == true)
        #expect(findings([aging(left: 0.9)]).conditions.isEmpty)
    }

    @Test func `every sentence names the object and ends with a next step`() {
        let all = findings(
            [
                aging("a", left: 0.01), aging("b", left: 0.1), aging("c", left: 0.3), aging("d", left: -0.1),
                fact("e", state: .failing, failures: 9) { $0.lastError = "x" },
                fact("f", state: .foreign) { $0.uncoveredHosts = ["b.example"] },
                fact("g", state: .foreign) { $0.secretProblem = "no PEM" },
                fact("h", state: .blocked) { $0.policy = "no" },
                fact("i") { $0.revoked = noon },
                fact("j", state: .failing, failures: 9) { $0.lastErrorCause = .unreachable },
            ]
        ).conditions
        #expect(all.count == 10)
        for condition in all {
            #expect(condition.summary.contains(condition.subject.words), "\(condition.summary)")
            #expect(condition.summary.contains(";"), "\(condition.summary)")
        }
    }

    @Test func `too many alerts leave the least severe out and say so`() {
        let facts = (0..<(AlertLimits.alertsMax + 5)).map { aging("tls-\($0)", left: $0 < 3 ? 0.01 : 0.1) }
        let found = findings(facts).conditions
        #expect(found.count == AlertLimits.alertsMax)
        #expect(found.filter { $0.rule == .omitted }.count == 1)
        #expect(found.filter { $0.rule == .expiringTwentieth }.count == 3)
        let exact = findings(Array(facts.prefix(AlertLimits.alertsMax))).conditions
        #expect(!exact.contains { $0.rule == .omitted })
    }

    @Test func `fingerprints are those of Prometheus`() {
        // model.LabelSet{"alertname": "A"} of prometheus/common, by its own algorithm written down independently.
        let labels = AlertLabels(rule: .expired, subject: .secret(NamespacedName(namespace: "web", name: "tls")), severity: .critical)
        #expect(labels.fingerprint.utf8.count == 16)
        #expect(
            labels.values == [
                "alertname": "CertificateExpired", "severity": "critical", "namespace": "web", "secret": "tls", "job": "certctl",
            ])
    }
}
