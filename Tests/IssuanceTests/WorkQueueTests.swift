import CALimits
import Core
import FoundationEssentials
import KubernetesAPI
import TestKit
import Testing

@testable import Issuance

@Suite("Whose turn it is") struct WorkQueueTests {
    private func item(
        _ name: String, namespace: String = "web", host: String? = nil, left: Double? = nil, reason: IssueReason = .doesNotExist,
        isRenewal: Bool = false
    ) -> CertificateItem {
        let host = host ?? "\(name).example"
        var target = TargetSecret.absent
        if let left {
            // Ninety days, of which this part is left.
            let end = noon.addingTimeInterval(days(90) * left)
            target = TargetSecret(
                ownership: .ours,
                content: .certificate(LeafFacts(names: [host], notBefore: end.addingTimeInterval(-days(90)), notAfter: end)))
        }
        let names = (try? CertificateNames(hosts: [host])) ?? .none
        let secret = NamespacedName(namespace: namespace, name: name)
        var item = CertificateItem(
            desired: DesiredCertificate(
                secret: secret, ingresses: [], names: names, wish: .issue(IssuerName(kind: .clusterIssuer, name: "le"))), target: target,
            work: .due(reason))
        if let leaf = target.leaf { item.renewAt = leaf.moment(left: 0.35) }
        item.order = PlannedOrder(
            directory: "https://ca.test/dir", intent: OrderIntent(account: "a", names: [host], isARIRenewal: isRenewal))
        return item
    }

    private func turns(_ agenda: inout Agenda, _ count: Int = 100, _ admission: (PlannedOrder) -> Admission = { _ in .now }) -> [String] {
        (0..<count).compactMap { _ in agenda.takeNext(at: noon, admission: admission)?.secret.name }
    }

    private func agenda(_ items: [CertificateItem]) -> Agenda {
        var agenda = Agenda()
        for item in items { agenda.set(item, at: noon) }
        return agenda
    }

    @Test func `what expires first, then what has none, then the rest`() {
        var agenda = agenda([
            item("changed", left: 0.8, reason: .requestChanged), item("new"), item("third", left: 0.3, reason: .renewing),
            item("sixth", left: 0.15, reason: .renewing), item("last", left: 0.04, reason: .renewing),
            item("revoked", left: 0.9, reason: .revoked), item("over", left: -0.1, reason: .expired),
        ])
        let order = turns(&agenda)
        #expect(Set(order[0..<3]) == ["last", "revoked", "over"])
        #expect(Array(order[3...]) == ["sixth", "third", "new", "changed"])
    }

    @Test func `a namespace with a thousand certificates does not keep the others waiting`() {
        var items = (0..<1000).map { item("big-\($0)", namespace: "big", host: "h\($0).d\($0).example") }
        items += (0..<5).map { item("small-\($0)", namespace: "small-\($0)") }
        var agenda = agenda(items)
        #expect(Set(turns(&agenda, 6).filter { $0.hasPrefix("small") }).count == 5)
    }

    @Test func `a registered domain with a thousand certificates does not keep the others of its namespace waiting`() {
        var items = (0..<1000).map { item("big-\($0)", host: "h\($0).big.example") }
        items += (0..<5).map { item("small-\($0)", host: "small-\($0).example") }
        var agenda = agenda(items)
        #expect(Set(turns(&agenda, 6).filter { $0.hasPrefix("small") }).count == 5)
    }

    @Test func `what a limit holds back lets all else pass, and comes when the limit does`() {
        var items = (0..<50).map { item("big-\($0)", host: "h\($0).big.example") }
        items += [
            item("small", host: "small.example"), item("renewal", host: "r.big.example", left: 0.2, reason: .renewing, isRenewal: true),
        ]
        var agenda = agenda(items)
        let until = noon.addingTimeInterval(600)
        var asked = 0
        let order = turns(&agenda) { order in
            asked += 1
            guard order.intent.registeredDomains == ["big.example"], !order.intent.isARIRenewal else { return .now }
            return .notBefore(until, Admission.Hold(scope: .registeredDomain("big.example"), reason: "full"))
        }
        #expect(Set(order) == ["small", "renewal"])
        #expect(asked == 3)
        #expect(agenda.nextChange() == until)
        #expect(agenda.takeNext(at: until, admission: { _ in .now }) != nil)
    }

    @Test func `an account that is at its limit is asked about once`() {
        var agenda = agenda((0..<500).map { item("t-\($0)", namespace: "n\($0)") })
        var asked = 0
        let until = noon.addingTimeInterval(36)
        let order = turns(&agenda, 3) { _ in
            asked += 1
            return .notBefore(until, Admission.Hold(scope: .account, reason: "full"))
        }
        #expect(order.isEmpty && asked == 1 && agenda.nextChange() == until)
    }

    @Test func `each knows when its turn comes, and which limit is in the way`() {
        let limit = CALimit(name: "certificates", counts: .certificates, scope: .registeredDomain, count: 2, window: .hours(2))
        let limits = CALimitsSet([CALimitsDocument(name: "t", servers: ["https://ca.test/dir"], limits: [limit])])
        let agenda = agenda((0..<5).map { item("t-\($0)", host: "h\($0).big.example") } + [item("free")])
        let turns = agenda.turns(at: noon, budgets: Budgets(limits: limits))
        #expect(turns.count == 3)
        let minutes = turns.sorted { $0.key < $1.key }.map { Int($0.value.at.timeIntervalSince(noon) / 60) }
        #expect(minutes == [60, 120, 180])
        #expect(turns.values.allSatisfy { $0.reason == "certificates: 2 in 2 h are used up for big.example; one more every 1 h" })
    }

    @Test func `somebody who is worked on has no turn, however often it is set`() {
        var agenda = agenda([item("a")])
        #expect(turns(&agenda) == ["a"])
        agenda.set(item("a"), at: noon)
        #expect(turns(&agenda).isEmpty)
        agenda.giveBack(NamespacedName(namespace: "web", name: "a"), at: noon)
        #expect(turns(&agenda) == ["a"])
    }

    @Test(arguments: 1...10) func `through any changes nobody is lost and nobody has two turns`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var agenda = Agenda()
        var due: Set<NamespacedName> = []
        var now = noon
        for _ in 0..<3000 {
            let index = Int.random(in: 0..<60, using: &random)
            let some = item("t-\(index)", namespace: "n\(index % 7)", host: "h\(index).d\(index % 5).example")
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                agenda.set(some, at: now)
                agenda.giveBack(some.secret, at: now)
                due.insert(some.secret)
            case 2:
                agenda.remove(some.secret)
                due.remove(some.secret)
            case 3: agenda.release()
            default:
                let blocked = Int.random(in: 0..<5, using: &random)
                let until = now.addingTimeInterval(Double(Int.random(in: 1...50, using: &random)))
                let taken = agenda.takeNext(at: now) { order in
                    guard order.intent.registeredDomains == ["d\(blocked).example"] else { return .now }
                    let scopes: [Admission.Hold.Scope] = [.account, .names, .registeredDomain("d\(blocked).example")]
                    return .notBefore(until, Admission.Hold(scope: scopes[index % 3], reason: "x"))
                }
                if let taken { #expect(due.remove(taken.secret) != nil) }
            }
            now += 1
            #expect(agenda.queued == due.count)
        }
        now += 1000
        while let taken = agenda.takeNext(at: now, admission: { _ in .now }) { #expect(due.remove(taken.secret) != nil) }
        #expect(due.isEmpty)
    }
}
