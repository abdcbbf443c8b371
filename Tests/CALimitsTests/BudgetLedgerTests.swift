import CALimits
import FoundationEssentials
import TestKit
import Testing

private let noon = Date(timeIntervalSince1970: 1_788_264_000)

@Suite("Budget ledger") struct BudgetLedgerTests {
    private let limits: [CALimit]

    init() throws {
        limits = try CALimitsSet.shipped().limits(of: "https://acme-v02.api.letsencrypt.org/directory")
    }

    private func order(_ names: String..., account: String = "account", ari: Bool = false, same: Bool = false) -> OrderIntent {
        OrderIntent(account: account, names: names, isARIRenewal: ari, hasSameNames: same)
    }

    /// Spends as often as it is let, at most `count` times.
    private func spend(_ ledger: inout BudgetLedger, at now: Date, upTo count: Int, _ order: (Int) -> OrderIntent) -> Int {
        for index in 0..<count {
            guard ledger.admission(for: order(index), limits: limits, at: now) == .now else { return index }
            ledger.spend(order(index), limits: limits, at: now)
        }
        return count
    }

    private func wait(_ ledger: BudgetLedger, _ order: OrderIntent, at now: Date) -> TimeInterval {
        guard case .notBefore(let date, _) = ledger.admission(for: order, limits: limits, at: now) else { return 0 }
        return date.timeIntervalSince(now)
    }

    // MARK: N and N + 1

    @Test func `an account may order 300 times at once, and once more every 36 s`() {
        var ledger = BudgetLedger()
        #expect(spend(&ledger, at: noon, upTo: 400) { order("a\($0).example") } == 300)
        #expect(abs(wait(ledger, order("b.example"), at: noon) - 38) < 0.1)
        #expect(ledger.admission(for: order("b.example", account: "other"), limits: limits, at: noon) == .now)
        let later = noon.addingTimeInterval(38)
        #expect(spend(&ledger, at: later, upTo: 400) { order("b\($0).example") } == 1)
        #expect(spend(&ledger, at: noon.addingTimeInterval(3 * 3600), upTo: 400) { order("c\($0).example") } == 299)
    }

    @Test func `a registered domain gets 50 certificates, whoever orders, and one more every 202 minutes`() {
        var ledger = BudgetLedger()
        let count = spend(&ledger, at: noon, upTo: 60) { order("a\($0).example.co.uk", account: $0 % 2 == 0 ? "a" : "b") }
        #expect(count == 50)
        let admission = ledger.admission(for: order("x.example.co.uk", account: "c"), limits: limits, at: noon)
        guard case .notBefore(let date, let hold) = admission else {
            Issue.record("\(admission)")
            return
        }
        #expect(abs(date.timeIntervalSince(noon) - 604_800 / 50) < 3)
        #expect(hold.scope == .registeredDomain("example.co.uk"))
        #expect(
            hold.reason
                == "new-certificates-per-registered-domain: 50 in 7 d are used up for example.co.uk; one more every 3 h 21 min")
        #expect(ledger.admission(for: order("other.co.uk"), limits: limits, at: noon) == .now)
        // One name under the full domain is enough.
        #expect(ledger.admission(for: order("other.co.uk", "y.example.co.uk"), limits: limits, at: noon) != .now)
    }

    @Test func `a set of names gets 5 certificates, in any order of names`() {
        var ledger = BudgetLedger()
        let names = ["a.example", "b.example"]
        #expect(spend(&ledger, at: noon, upTo: 9) { order(names[$0 % 2], names[1 - $0 % 2]) } == 5)
        #expect(ledger.admission(for: order("a.example", "b.example", "c.example"), limits: limits, at: noon) == .now)
        #expect(wait(ledger, order("a.example", "b.example"), at: noon) > 33 * 3600)
    }

    @Test func `after 5 failed validations of a host in an hour nothing with it is ordered`() {
        var ledger = BudgetLedger()
        for _ in 0..<4 { ledger.spendFailure(of: "a.example", account: "account", limits: limits, at: noon) }
        #expect(ledger.admission(for: order("a.example"), limits: limits, at: noon) == .now)
        ledger.spendFailure(of: "a.example", account: "account", limits: limits, at: noon)
        #expect(abs(wait(ledger, order("a.example"), at: noon) - 722) < 1)
        #expect(wait(ledger, order("*.a.example"), at: noon) > 0)
        #expect(wait(ledger, order("a.example", account: "other"), at: noon) == 0)
        #expect(wait(ledger, order("b.example"), at: noon) == 0)
    }

    @Test func `consecutive failures are forgotten after a success`() {
        var ledger = BudgetLedger()
        for index in 0..<1152 {
            ledger.spendFailure(of: "a.example", account: "account", limits: limits, at: noon.addingTimeInterval(Double(index) * 720))
        }
        let end = noon.addingTimeInterval(1152 * 720)
        #expect(wait(ledger, order("a.example"), at: end) < 86_400)
        var reset = ledger
        reset.noteSuccess(order("a.example"), limits: limits, at: end)
        #expect(wait(reset, order("a.example"), at: end.addingTimeInterval(720)) == 0 && reset.count < ledger.count)
    }

    @Test func `an address may make 10 accounts at once`() {
        var ledger = BudgetLedger()
        for _ in 0..<10 {
            #expect(ledger.admissionOfAccount(limits: limits, at: noon) == .now)
            ledger.spendAccount(limits: limits, at: noon)
        }
        #expect(ledger.admissionOfAccount(limits: limits, at: noon) != .now)
        #expect(ledger.admissionOfAccount(limits: limits, at: noon.addingTimeInterval(18 * 60 + 3)) == .now)
    }

    // MARK: Exemptions, refunds

    @Test func `renewals by ARI pass when everything is used up, and use up nothing`() {
        var ledger = BudgetLedger()
        _ = spend(&ledger, at: noon, upTo: 400) { order("a\($0).example") }
        #expect(spend(&ledger, at: noon, upTo: 1000) { order("a\($0).example", ari: true) } == 1000)
        #expect(spend(&ledger, at: noon, upTo: 9) { _ in order("b.example", same: true) } == 5)
    }

    @Test func `an order without a certificate gives the certificate back, and not the order`() {
        var ledger = BudgetLedger()
        #expect(spend(&ledger, at: noon, upTo: 60) { order("a\($0).big.example") } == 50)
        ledger.refund(order("a0.big.example"), limits: limits, at: noon)
        #expect(spend(&ledger, at: noon, upTo: 60) { order("b\($0).big.example") } == 1)
        var orders = BudgetLedger()
        for index in 0..<300 {
            orders.spend(order("a\(index).example"), limits: limits, at: noon)
            orders.refund(order("a\(index).example"), limits: limits, at: noon)
        }
        #expect(wait(orders, order("b.example"), at: noon) > 0 && orders.count == 1)
        ledger.refund(order("never.example"), limits: limits, at: noon)
    }

    // MARK: Time

    @Test func `over months no window has more than the limit and one refill`() {
        var ledger = BudgetLedger()
        var random = SplitMix64(seed: 7)
        var sent: [Date] = []
        var now = noon
        while now < noon.addingTimeInterval(60 * 86_400) {
            now += Double(Int.random(in: 1...20_000, using: &random))
            let count = Int.random(in: 0...30, using: &random)
            sent += Array(repeating: now, count: spend(&ledger, at: now, upTo: count) { order("h\($0)-\(sent.count).big.example") })
        }
        // A bucket that refills evenly allows twice its size at most in a window: a full one, and what is refilled meanwhile.
        for (index, first) in sent.enumerated() where index + 100 < sent.count {
            #expect(sent[index + 100].timeIntervalSince(first) >= 604_800)
        }
        #expect(sent.count >= 50 + Int(60 * 86_400 / 12_096) - 10)
    }

    @Test func `a clock that goes back makes orders wait, and not for longer than a window`() {
        var ledger = BudgetLedger()
        let ahead = noon.addingTimeInterval(10 * 365 * 86_400)
        #expect(spend(&ledger, at: ahead, upTo: 60) { order("a\($0).big.example") } == 50)
        let wait = wait(ledger, order("x.big.example"), at: noon)
        #expect(wait > 12_000 && wait < 12_200)
        ledger.settle(at: noon, limits: limits)
        #expect(spend(&ledger, at: noon.addingTimeInterval(12_100), upTo: 60) { order("b\($0).big.example") } == 1)
        #expect(spend(&ledger, at: noon.addingTimeInterval(604_900), upTo: 60) { order("c\($0).big.example") } == 49)
    }

    // MARK: Keeping

    @Test func `it is the same after a restart, to a second`() throws {
        var ledger = BudgetLedger()
        _ = spend(&ledger, at: noon, upTo: 60) { order("a\($0).big.example") }
        ledger.note(
            notBefore: noon.addingTimeInterval(600), words: "too many certificates (50) already issued for \"other.example\"",
            order: order("x.other.example"), limits: limits, at: noon)
        let text = try JSONEncoder().encode(ledger)
        let read = try JSONDecoder().decode(BudgetLedger.self, from: text)
        #expect(read.count == ledger.count)
        #expect(try JSONEncoder().encode(read).count == text.count)
        for name in ["x.big.example", "x.other.example", "a0.big.example"] {
            let before = wait(ledger, order(name), at: noon)
            #expect(abs(wait(read, order(name), at: noon) - before) <= 1 && before > 0)
        }
    }

    @Test func `what is over is forgotten`() {
        var ledger = BudgetLedger()
        for index in 0..<500 {
            ledger.spend(order("a\(index).example"), limits: limits, at: noon.addingTimeInterval(Double(index) * 60))
        }
        ledger.settle(at: noon.addingTimeInterval(40 * 86_400), limits: limits)
        #expect(ledger.isEmpty)
    }

    @Test func `it keeps what is most spent of too many buckets`() {
        let max = CALimitsLimits.bucketsMax
        var ledger = BudgetLedger()
        for _ in 0..<3 { ledger.spend(order("keep.me.example"), limits: limits, at: noon) }
        var index = 0
        while ledger.count < max - 1 {
            ledger.spend(order("a.h\(index).example"), limits: limits, at: noon)
            index += 1
        }
        #expect(ledger.count <= max)
        ledger.spend(order("b.h0.example"), limits: limits, at: noon)
        ledger.spend(order("b.h1.example"), limits: limits, at: noon)
        #expect(ledger.count <= max && ledger.count >= max * 8 / 10)
        #expect(spend(&ledger, at: noon, upTo: 9) { _ in order("keep.me.example", same: true) } == 2)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"version":2,"updated":0,"buckets":{},"refusals":[]}"#,
        #"{"version":1,"updated":-1,"buckets":{},"refusals":[]}"#, #"{"version":1,"updated":1e300,"buckets":{},"refusals":[]}"#,
        #"{"version":1,"updated":0,"buckets":{"a":{"b":1e400}},"refusals":[]}"#, #"{"version":1,"updated":0,"buckets":[],"refusals":[]}"#,
    ]) func `what is no ledger is refused`(text: String) {
        #expect(throws: (any Error).self) { try JSONDecoder().decode(BudgetLedger.self, from: Data(text.utf8)) }
    }

    @Test func `a hostile ledger is cut to size, and makes nobody wait for longer than a window`() throws {
        let name = "new-certificates-per-registered-domain"
        var entries = (0..<(CALimitsLimits.bucketsMax + 5000)).map { "\"h\($0).example\":253402300799" }
        entries.append("\"\(String(repeating: "x", count: 5000))\":253402300799")
        entries.append("\"negative.example\":-5")
        let refusals = (0..<2000).map {
            #"{"scope":"registeredDomain","key":"r\#($0).example","notBefore":253402300799,"words":"\#(String(repeating: "w", count: 900))"}"#
        }
        let text = """
            {"version":1,"updated":253402300799,"buckets":{"\(name)":{\(entries.joined(separator: ","))}},
            "refusals":[{"scope":"?","key":"k","notBefore":1,"words":""},\(refusals.joined(separator: ","))]}
            """
        var ledger = try JSONDecoder().decode(BudgetLedger.self, from: Data(text.utf8))
        #expect(ledger.count == CALimitsLimits.bucketsMax)
        ledger.settle(at: noon, limits: limits)
        #expect(wait(ledger, order("r0.example"), at: noon) <= 7 * 86_400)
        #expect((0..<30_000).allSatisfy { wait(ledger, order("h\($0).example"), at: noon) <= 12_100 })
        ledger.settle(at: noon.addingTimeInterval(8 * 86_400), limits: limits)
        #expect(ledger.isEmpty)
    }

    // MARK: 429

    @Test(arguments: [
        (
            "too many certificates (50) already issued for \"big.example\" in the last 168h0m0s, retry after 2026-09-02 12:00:00 UTC: see …",
            ["x.big.example"], ["x.small.example", "big.example.net"]
        ),
        ("too many new orders (300) from this account in the last 3h0m0s, retry after …", ["x.big.example", "anything.example"], []),
        (
            "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after …",
            ["a.big.example"], ["x.big.example"]
        ),
        (
            "too many failed authorizations (5) for \"a.big.example\" in the last 1h0m0s, retry after …", ["a.big.example"],
            ["x.big.example"]
        ),
        ("slow down, big.example.", ["x.big.example"], ["x.small.example"]), ("", ["a.big.example", "anything.example"], []),
    ]) func `what a 429 says holds back those whom its words name`(words: String, held: [String], free: [String]) {
        var ledger = BudgetLedger()
        let asked = order("a.big.example")
        ledger.note(notBefore: noon.addingTimeInterval(1800), words: words, order: asked, limits: [], at: noon)
        for name in held { #expect(wait(ledger, order(name), at: noon) == 1800, "\(name)") }
        for name in free { #expect(wait(ledger, order(name), at: noon) == 0, "\(name)") }
        #expect(wait(ledger, order("a.big.example"), at: noon.addingTimeInterval(1800)) == 0)
        #expect(wait(ledger, order("a.big.example", ari: true), at: noon) == 0)
    }

    @Test func `a 429 that names nobody does not hold the account up for longer than an hour, and no 429 for longer than a week`() {
        var ledger = BudgetLedger()
        let asked = order("a.big.example")
        ledger.note(notBefore: .distantFuture, words: "no", order: asked, limits: [], at: noon)
        #expect(wait(ledger, asked, at: noon) == 3600)
        ledger.note(notBefore: .distantFuture, words: "too many for big.example", order: asked, limits: [], at: noon)
        #expect(wait(ledger, asked, at: noon) == 7 * 86_400)
        ledger.note(notBefore: noon.addingTimeInterval(-5), words: "x", order: order("c.example"), limits: [], at: noon)
        #expect(wait(ledger, order("x.example", account: "other"), at: noon) == 0)
    }

    @Test func `it keeps a bounded number of what CAs have said`() {
        var ledger = BudgetLedger()
        for index in 0...CALimitsLimits.refusalsMax {
            ledger.note(
                notBefore: noon.addingTimeInterval(1000 + Double(index)), words: "h\(index).example", order: order("a.h\(index).example"),
                limits: [], at: noon)
        }
        #expect(wait(ledger, order("a.h0.example"), at: noon) == 0)
        #expect(wait(ledger, order("a.h1.example"), at: noon) > 0)
    }
}
