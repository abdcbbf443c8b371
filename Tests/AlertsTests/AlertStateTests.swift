import Core
import FoundationEssentials
import Issuance
import KubernetesAPI
import Testing

@testable import Alerts

@Suite("From pending over firing to resolved")
struct AlertStateTests {
    private func failing(_ count: Int = 1) -> AlertRules.Findings {
        findings((0..<count).map { index in fact("tls-\(index)", state: .failing, failures: 5) { $0.lastError = "refused" } })
    }

    private let nothing = AlertRules.Findings(conditions: [], unknown: [])

    private func moment(_ minutes: Double) -> Date { noon.addingTimeInterval(minutes * 60) }

    @Test func `it fires after its minimum duration, and is over when it is gone for a while`() {
        var state = AlertState()
        #expect(state.step(failing(), now: noon).isEmpty)
        #expect(state.records.values.map(\.phase) == [.pending])
        #expect(state.step(failing(), now: moment(0.5)).isEmpty)
        #expect(state.step(failing(), now: moment(1)).map(\.record.phase) == [.firing])
        #expect(state.step(failing(), now: moment(2)).isEmpty, "told once")
        #expect(state.step(nothing, now: moment(3)).isEmpty)
        #expect(state.step(failing(), now: moment(4)).isEmpty, "it came back: nothing happened")
        #expect(state.step(nothing, now: moment(5)).isEmpty)
        #expect(state.step(nothing, now: moment(9.9)).isEmpty)
        let over = state.step(nothing, now: moment(10))
        #expect(over.map(\.record.phase) == [.resolved])
        #expect(over.first?.record.endsAt == moment(10))
    }

    @Test func `what passes before its minimum duration is never told`() {
        var state = AlertState()
        _ = state.step(failing(), now: noon)
        _ = state.step(nothing, now: moment(0.5))
        #expect(state.records.isEmpty)
        _ = state.step(failing(), now: moment(1))
        #expect(state.step(failing(), now: moment(1.5)).isEmpty, "it begins anew")
    }

    @Test func `an issuer that nobody asks after a restart stays not ready for a day`() {
        let name = NamespacedName(namespace: "", name: "letsencrypt")
        func issuer(_ readiness: IssuerFact.Readiness) -> AlertRules.Findings {
            findings([], issuers: [IssuerFact(issuer: name, readiness: readiness)])
        }
        var state = AlertState()
        for minute in 0...2 { _ = state.step(issuer(.accountFailed("no")), now: moment(Double(minute))) }
        #expect(state.records.values.map(\.phase) == [.firing])
        for hour in 1...24 { #expect(state.step(issuer(.unknown), now: moment(Double(hour) * 60)).isEmpty) }
        #expect(state.step(issuer(.unknown), now: moment(25 * 60)).map(\.record.phase) == [.resolved])
        for minute in 0...2 { _ = state.step(issuer(.accountFailed("no")), now: moment(26 * 60 + Double(minute))) }
        _ = state.step(issuer(.accountRegistered(url: "https://ca.example/1", email: nil)), now: moment(27 * 60))
        let over = state.step(issuer(.accountRegistered(url: "https://ca.example/1", email: nil)), now: moment(27 * 60 + 5))
        #expect(over.map(\.record.phase) == [.resolved])
    }

    @Test func `a worse threshold takes the place of the one before at once`() {
        var state = AlertState()
        #expect(state.step(findings([aging(left: 0.1)]), now: noon).map(\.record.rule) == [.expiringSixth])
        let next = state.step(findings([aging(left: 0.04)]), now: moment(1))
        #expect(Set(next.map { "\($0.record.rule) \($0.record.phase)" }) == ["expiringSixth resolved", "expiringTwentieth firing"])
    }

    @Test func `a clock that is set back makes nothing wait for the old time`() throws {
        var state = AlertState()
        _ = state.step(failing(), now: moment(600))
        _ = state.step(failing(), now: noon)
        #expect(state.step(failing(), now: moment(1)).map(\.record.phase) == [.firing])
        let receiver = try receiver("url: https://x.example\nrepeatInterval: 1h")
        state.note(Dictionary(uniqueKeysWithValues: state.records.keys.map { ($0, true) }), to: "pager", at: moment(600))
        _ = state.step(failing(), now: moment(2))
        #expect(NotificationPlanner(receiver: receiver, now: moment(2)).plan(state).next == moment(62))
        _ = state.step(nothing, now: moment(500))
        _ = state.step(nothing, now: moment(3))
        #expect(state.step(nothing, now: moment(8)).map(\.record.phase) == [.resolved])
        #expect(state.records.values.allSatisfy { ($0.startsAt ?? .distantFuture) <= ($0.endsAt ?? .distantPast) })
    }

    @Test func `a thousand at once are one notification, and each later change another`() throws {
        var state = AlertState()
        let receiver = try receiver("url: https://x.example")
        _ = state.step(failing(1000), now: noon)
        #expect(state.step(failing(1000), now: moment(1)).count == 1000)
        let early = NotificationPlanner(receiver: receiver, now: moment(1)).plan(state)
        #expect(early.due.isEmpty)
        #expect(early.next == moment(1.5), "more may come")
        let due = NotificationPlanner(receiver: receiver, now: moment(1.5)).plan(state).due
        #expect(due.map(\.items.count) == [1000])
        #expect(due.first?.groupLabels == ["alertname": "CertificateIssuanceFailing"])
        state.note(due.first?.told ?? [:], to: "pager", at: moment(1.5))
        let quiet = NotificationPlanner(receiver: receiver, now: moment(2)).plan(state)
        #expect(quiet.due.isEmpty)
        #expect(quiet.next == moment(241.5), "after the repeat interval")
        _ = state.step(failing(1001), now: moment(2))
        _ = state.step(failing(1001), now: moment(3))
        let more = NotificationPlanner(receiver: receiver, now: moment(3)).plan(state)
        #expect(more.next == moment(6.5), "not before the group interval")
        let second = NotificationPlanner(receiver: receiver, now: moment(6.5)).plan(state).due
        #expect(second.map(\.items.count) == [AlertLimits.alertsPerNotificationMax])
        #expect(second.first?.items.first?.record.subject.name == "tls-1000", "what is new comes first")
    }

    @Test func `what does not fit into one notification follows at once`() throws {
        var state = AlertState()
        let receiver = try receiver("url: https://x.example")
        _ = state.step(failing(2500), now: noon)
        _ = state.step(failing(2500), now: moment(1))
        var told: Set<String> = []
        for _ in 0..<3 {
            let due = try #require(NotificationPlanner(receiver: receiver, now: moment(2)).plan(state).due.first)
            told.formUnion(due.told.keys)
            state.note(due.told, to: "pager", at: moment(2))
        }
        #expect(told.count == 2500)
        #expect(NotificationPlanner(receiver: receiver, now: moment(2)).plan(state).due.isEmpty)
    }

    @Test func `receivers filter by severity and namespace, and may not want the end`() throws {
        var state = AlertState()
        _ = state.step(findings([aging("a", left: 0.1), aging("b", left: 0.01)]), now: noon)
        func count(_ spec: String) throws -> Int {
            NotificationPlanner(receiver: try receiver("url: https://x.example\n" + spec), now: moment(1)).plan(state).due
                .flatMap(\.items).count
        }
        #expect(try count("minSeverity: critical") == 1)
        #expect(try count("minSeverity: info") == 2)
        #expect(try count("namespaces: [web]") == 2)
        #expect(try count("namespaces: [other]") == 0)
        #expect(try count("groupBy: []") == 2)
        let silent = try receiver("url: https://x.example\nsendResolved: false")
        state.note(Dictionary(uniqueKeysWithValues: state.records.keys.map { ($0, true) }), to: "pager", at: moment(1))
        _ = state.step(nothing, now: moment(2))
        #expect(state.step(nothing, now: moment(10)).count == 2)
        #expect(NotificationPlanner(receiver: silent, now: moment(600)).plan(state).due.isEmpty)
        #expect(NotificationPlanner(receiver: try receiver("url: https://x.example"), now: moment(10)).plan(state).due.count == 1)
    }

    @Test func `an alert that came and went while a receiver was away is not told`() throws {
        var state = AlertState()
        _ = state.step(findings([aging(left: 0.1)]), now: noon)
        _ = state.step(nothing, now: moment(1))
        _ = state.step(nothing, now: moment(10))
        #expect(NotificationPlanner(receiver: try receiver("url: https://x.example"), now: moment(60)).plan(state).due.isEmpty)
    }

    @Test func `the past is kept for a day, and so much of it`() {
        var state = AlertState()
        _ = state.step(findings((0..<300).map { aging("tls-\($0)", left: 0.1) }), now: noon)
        _ = state.step(nothing, now: moment(1))
        _ = state.step(nothing, now: moment(10))
        #expect(state.records.count == AlertLimits.historyMax)
        _ = state.step(nothing, now: moment(60 * 25))
        #expect(state.records.isEmpty)
    }

    @Test func `what is kept is read again, and fits a Secret even with ten thousand`() throws {
        let long = String(repeating: "x", count: AlertLimits.descriptionBytesMax)
        let state = AlertState(
            records: (0..<AlertLimits.alertsMax).map { index in
                let subject = AlertSubject(kind: "Secret", namespace: "some-team-of-many", name: "certificate-number-\(index)")
                var record = AlertRecord(AlertCondition(.issuanceFailing, subject, .warning, ""), since: noon)
                (record.summary, record.details) = (long, long)
                (record.startsAt, record.told) = (noon, ["pager": .init(at: noon, isFiring: true)])
                return record
            })
        #expect(state.records.count == AlertLimits.alertsMax)
        let shards = (0..<AlertLimits.shards).map { state.records(in: $0) }
        let largest = try #require(shards.enumerated().max { $0.element.count < $1.element.count })
        let secret = try AlertShards.secret(largest.element, shard: largest.offset, namespace: "certctl-system")
        #expect(secret.data.values.reduce(0) { $0 + $1.count } < Secret.dataBytesMax)
        #expect(AlertShards.records(secret).map { Set($0) } == Set(largest.element))
    }
}
