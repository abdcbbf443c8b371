import CALimits
import Core
import FoundationEssentials
import KubernetesAPI
import TestKit
import Testing

@testable import Issuance

private let directory = "https://ca.test/dir"

@Suite("The pace of renewals, and CAs that do not answer") struct RenewalPaceTests {
    /// A certificate of ninety days, of which this part is left.
    private func item(
        _ name: String, left: Double, reason: IssueReason = .renewing, window: RenewalWindow? = nil,
        change: (inout CertificateItem) -> Void = { _ in }
    ) -> CertificateItem {
        let end = noon.addingTimeInterval(days(90) * left)
        let host = "\(name).example"
        let leaf = LeafFacts(names: [host], notBefore: end.addingTimeInterval(-days(90)), notAfter: end)
        let issuer = IssuerName(kind: .clusterIssuer, name: "le")
        var item = CertificateItem(
            desired: DesiredCertificate(
                secret: NamespacedName(namespace: "web", name: name), ingresses: [],
                names: (try? CertificateNames(hosts: [host])) ?? .none, wish: .issue(issuer)),
            target: TargetSecret(ownership: .ours, content: .certificate(leaf), issuer: issuer, directory: directory), work: .due(reason))
        item.renewAt = leaf.moment(left: 0.35)
        item.renewalWindow = window
        item.directory = directory
        item.order = PlannedOrder(directory: directory, intent: OrderIntent(account: "a", names: [host], isARIRenewal: true))
        change(&item)
        return item
    }

    private func agenda(_ items: [CertificateItem]) -> Agenda {
        var agenda = Agenda()
        for item in items { agenda.set(item, at: noon) }
        return agenda
    }

    /// Takes whatever has its turn until then, as a controller does that sleeps in between; when each began, in seconds.
    private func begin(_ agenda: inout Agenda, until end: TimeInterval) -> [TimeInterval] {
        var now = noon
        var begun: [TimeInterval] = []
        while now.timeIntervalSince(noon) <= end {
            while let item = agenda.takeNext(at: now, admission: { _ in .now }) {
                begun.append(now.timeIntervalSince(noon))
                agenda.remove(item.secret)
            }
            guard let next = agenda.nextChange() else { break }
            now = max(next, now.addingTimeInterval(0.001))
        }
        return begun
    }

    // MARK: Pace

    @Test func `a thousand that are due at once begin one by one, and none of them late`() {
        // A third is left; a sixth, fifteen days, is what they should be renewed before.
        var agenda = agenda((0..<1000).map { item("n\($0)", left: 1.0 / 3) })
        let begun = begin(&agenda, until: days(15))
        #expect(begun.count == 1000)
        #expect(begun.prefix(IssuanceLimits.renewalsAtOnceMax + 1).filter { $0 == 0 }.count == IssuanceLimits.renewalsAtOnceMax)
        // One in a minute is the least.
        let hours = Dictionary(grouping: begun) { Int($0 / 3600) }.mapValues(\.count)
        #expect(hours.values.max().map { $0 <= 60 + IssuanceLimits.renewalsAtOnceMax } == true)
    }

    @Test func `the pace is as fast as those need that have least time`() {
        // A day more than a sixth is left, so 4,320 have a day: three in a minute.
        var agenda = agenda((0..<4320).map { item("n\($0)", left: 1.0 / 6 + 1.0 / 90) })
        let begun = begin(&agenda, until: days(1) + 1800)
        #expect(begun.count == 4320)
        let hours = Dictionary(grouping: begun) { Int($0 / 3600) }.mapValues(\.count)
        #expect(hours.values.max().map { $0 <= 230 } == true)
    }

    @Test func `what may not wait does not: near the end, asked for, changed, resumed, a window that the CA put early`() {
        let early = RenewalWindow(start: noon.addingTimeInterval(-7200), end: noon.addingTimeInterval(-3600))
        let soon: [CertificateItem] = [
            item("critical", left: 0.04), item("forced", left: 0.3) { $0.isForced = true },
            item("changed", left: 0.3, reason: .requestChanged),
            item("resumed", left: 0.3) { $0.order = nil }, item("early", left: 0.6, window: early),
        ]
        for item in soon { #expect(item.pacedUntil(noon) == nil, "\(item.secret)") }
        var agenda = agenda((0..<100).map { item("n\($0)", left: 0.3) } + soon)
        let first = (0..<20).compactMap { _ in agenda.takeNext(at: noon, admission: { _ in .now })?.secret.name }
        #expect(Set(soon.map(\.secret.name)).isSubset(of: first))
        #expect(first.count == soon.count + IssuanceLimits.renewalsAtOnceMax)
    }

    @Test func `a window of the CA is kept, as long as it is not over`() {
        let open = RenewalWindow(start: noon.addingTimeInterval(-3600), end: noon.addingTimeInterval(3600))
        #expect(item("a", left: 0.3, window: open).pacedUntil(noon) == open.end)
        let over = RenewalWindow(start: noon.addingTimeInterval(-7200), end: noon.addingTimeInterval(-3600))
        let late = item("b", left: 0.3, window: over)
        #expect(late.pacedUntil(noon) == late.target.leaf?.moment(left: Urgency.urgentFraction).addingTimeInterval(1800))
        // A thousand within one hour, if the CA wants it so.
        var agenda = agenda((0..<1000).map { item("n\($0)", left: 0.3, window: open) })
        #expect(begin(&agenda, until: 3600).count == 1000)
    }

    @Test func `a clock that goes back stops nothing`() {
        var pace = RenewalPace()
        for _ in 0..<50 { pace.begin(at: noon.addingTimeInterval(days(400))) }
        let until = pace.wait(at: noon)
        #expect(until.map { $0 <= noon.addingTimeInterval(60) } != false)
    }

    @Test func `whoever waits is told when and why`() throws {
        let agenda = agenda((0..<100).map { item("n\($0)", left: 0.3) })
        let turns = agenda.turns(at: noon, budgets: Budgets(limits: CALimitsSet()))
        #expect(turns.count == 100 - IssuanceLimits.renewalsAtOnceMax)
        let turn = try #require(turns.values.max { $0.at < $1.at })
        #expect(turn.reason.contains("renewals at \(directory) are spread over the time that they have, one every 60 s"), "\(turn.reason)")
        #expect((5000...5500).contains(turn.at.timeIntervalSince(noon)))
    }

    // MARK: A CA that does not answer

    private func takeAll(_ agenda: inout Agenda, at now: Date) -> [NamespacedName] {
        var taken: [NamespacedName] = []
        while let item = agenda.takeNext(at: now, admission: { _ in .now }) { taken.append(item.secret) }
        return taken
    }

    @Test func `a CA that does not answer is asked by one certificate at a time, on one ladder`() throws {
        var agenda = agenda((0..<200).map { item("n\($0)", left: 0.04) })
        var attempts = 0
        var now = noon
        let end = noon.addingTimeInterval(days(1))
        // Twenty at once, as many as run at the same time.
        for secret in (0..<20).compactMap({ _ in agenda.takeNext(at: now, admission: { _ in .now })?.secret }) {
            agenda.noteUnreachable(directory, by: secret, retryAfter: nil, at: now)
            agenda.giveBack(secret, at: now)
            attempts += 1
        }
        #expect(takeAll(&agenda, at: now).isEmpty)
        while let next = agenda.nextChange(), next < end {
            now = max(next, now.addingTimeInterval(1))
            let taken = takeAll(&agenda, at: now)
            #expect(taken.count <= 1)
            guard let secret = taken.first else { continue }
            attempts += 1
            agenda.noteUnreachable(directory, by: secret, retryAfter: nil, at: now)
            agenda.giveBack(secret, at: now)
            #expect(takeAll(&agenda, at: now).isEmpty)
        }
        // 1 + 2 + 2 + 5 + 3 × 10 + 4 × 20 minutes, then every half hour.
        #expect((50...70).contains(attempts - 20), "\(attempts)")
        let turns = agenda.turns(at: now, budgets: Budgets(limits: CALimitsSet()))
        #expect(turns.values.allSatisfy { $0.reason.hasPrefix("the CA at \(directory) has not answered since 2") }, "\(turns.first as Any)")
        agenda.noteAnswer(directory)
        #expect(takeAll(&agenda, at: now).count == 200)
    }

    @Test func `those that have somebody else to ask, or that somebody asked for, do not wait`() {
        var agenda = agenda([
            item("a", left: 0.04), item("fallback", left: 0.04) { $0.hasFallback = true },
            item("forced", left: 0.04) { $0.isForced = true },
        ])
        for name in ["x", "y", "z"] {
            agenda.noteUnreachable(directory, by: NamespacedName(namespace: "web", name: name), retryAfter: nil, at: noon)
        }
        #expect(Set(takeAll(&agenda, at: noon).map(\.name)) == ["fallback", "forced"])
    }

    @Test func `two that fail are no outage, nor is one that fails again and again`() {
        var agenda = agenda((0..<3).map { item("n\($0)", left: 0.04) })
        for name in ["x", "y", "x", "x", "y"] {
            agenda.noteUnreachable(directory, by: NamespacedName(namespace: "web", name: name), retryAfter: nil, at: noon)
        }
        #expect(takeAll(&agenda, at: noon).count == 3)
    }

    @Test func `one that ends without finding out lets another try a minute later; Retry-After counts`() throws {
        var agenda = agenda((0..<3).map { item("n\($0)", left: 0.04) })
        for name in ["x", "y", "z"] {
            agenda.noteUnreachable(directory, by: NamespacedName(namespace: "web", name: name), retryAfter: nil, at: noon)
        }
        let later = noon.addingTimeInterval(120)
        let first = try #require(takeAll(&agenda, at: later).first)
        #expect(takeAll(&agenda, at: later).isEmpty)
        agenda.giveBack(first, at: later)
        #expect(takeAll(&agenda, at: later).isEmpty)
        let second = try #require(takeAll(&agenda, at: later.addingTimeInterval(61)).first)
        agenda.noteUnreachable(
            directory, by: second, retryAfter: later.addingTimeInterval(7200), at: later.addingTimeInterval(61))
        agenda.giveBack(second, at: later.addingTimeInterval(61))
        #expect(takeAll(&agenda, at: later.addingTimeInterval(7199)).isEmpty)
        #expect(takeAll(&agenda, at: later.addingTimeInterval(7201)).count == 1)
    }

    @Test func `whoever begins anew knows of an outage from what is stored`() {
        func failed(_ name: String, at moment: Date) -> CertificateItem {
            item(name, left: 0.04) {
                $0.failure = FailureRecord(
                    count: 1, first: moment, last: moment, nextAttempt: moment.addingTimeInterval(60), message: "no", fingerprint: "",
                    cause: .unreachable)
            }
        }
        let ago = noon.addingTimeInterval(-10)
        var two = agenda(["a", "b"].map { failed($0, at: ago) } + [item("c", left: 0.04)])
        two.readOutages()
        #expect(takeAll(&two, at: noon).count == 3)
        var three = agenda(["a", "b", "c"].map { failed($0, at: ago) } + [item("d", left: 0.04)])
        three.readOutages()
        #expect(takeAll(&three, at: noon).isEmpty)
        #expect(takeAll(&three, at: noon.addingTimeInterval(70)).count == 1)
    }
}
