import CALimits
import FoundationEssentials
import Testing

private let noon = Date(timeIntervalSince1970: 1_788_264_000)

@Suite("Budget report") struct BudgetReportTests {
    private static let directory = "https://acme-v02.api.letsencrypt.org/directory"
    private let limits: [CALimit]

    init() throws {
        limits = try CALimitsSet.shipped().limits(of: Self.directory)
    }

    private func report(_ ledger: BudgetLedger, accounts: [String] = ["certctl-system/le"], at now: Date = noon) -> BudgetReport {
        var report = BudgetReport()
        report.add(
            ledger, of: Self.directory,
            accounts: accounts.map { BudgetReport.Account(directory: Self.directory, account: $0, issuers: ["ClusterIssuer le"]) },
            limits: limits, at: now)
        return report
    }

    private func order(_ names: String..., account: String = "certctl-system/le") -> OrderIntent {
        OrderIntent(account: account, names: names)
    }

    @Test func `an account that has spent nothing has its limit, full`() throws {
        let entries = report(BudgetLedger()).entries
        let entry = try #require(entries.first { $0.limit == "new-orders-per-account" })
        #expect(entry.account == "certctl-system/le" && entry.used == 0 && entry.allowed == 300 && entry.left == 300)
        #expect(entry.refillsAt == nil && entry.fullAt == nil && entry.windowSeconds == 10_800)
        #expect(entry.exempt == ["ariRenewals", "sameNames"])
        // Nothing is said of names and domains that nobody has ordered; the address is always one.
        #expect(Set(entries.map(\.scope)) == ["account", "address"])
    }

    @Test func `each limit says how many are spent, and when there is one more`() throws {
        var ledger = BudgetLedger()
        for index in 0..<300 { ledger.spend(order("h\(index).big.test"), limits: limits, at: noon) }
        let full = try #require(report(ledger).entries.first { $0.scope == "account" })
        #expect(full.used == 300 && full.left == 0)
        #expect(full.refillsAt == noon.addingTimeInterval(36) && full.fullAt == noon.addingTimeInterval(10_800))
        // What the ledger was told of beyond a limit leaves the bucket empty, not worse.
        let domain = try #require(report(ledger).entries.first { $0.scope == "registeredDomain" && $0.used == 50 })
        #expect(domain.account == nil)
        let later = try #require(report(ledger, at: noon.addingTimeInterval(37)).entries.first { $0.scope == "account" })
        #expect(later.used == 299 && later.refillsAt == noon.addingTimeInterval(72))
        let over = report(ledger, at: noon.addingTimeInterval(10_800)).entries.first { $0.scope == "account" }
        #expect(over?.used == 0 && over?.refillsAt == nil)
    }

    @Test func `a failed validation is told with its account and its host, and to no other account`() throws {
        var ledger = BudgetLedger()
        ledger.spendFailure(of: "a.example", account: "web/one", limits: limits, at: noon)
        let report = report(ledger, accounts: ["web/one", "web/two"])
        let entry = try #require(report.entries.first { $0.counts == "failedValidations" })
        #expect(entry.account == "web/one" && entry.key == "a.example" && entry.used == 1)
        #expect(report.entries(of: "web/one", at: Self.directory).contains(entry))
        #expect(!report.entries(of: "web/two", at: Self.directory).contains(entry))
        #expect(report.entries(of: "web/two", at: Self.directory).map(\.scope) == ["account", "address"])
        #expect(report.entries(of: "web/one", at: "https://other.test/").isEmpty)
    }

    @Test func `of a thousand domains those are told of which most is spent, and how many more there are`() {
        var ledger = BudgetLedger()
        let domains = CALimitsLimits.reportedPerLimitMax + 1
        for index in 0..<domains {
            for host in 0...(index % 3) { ledger.spend(order("h\(host).d\(index).test"), limits: limits, at: noon) }
        }
        let report = report(ledger)
        let told = report.entries.filter { $0.scope == "registeredDomain" }
        #expect(told.count == CALimitsLimits.reportedPerLimitMax)
        #expect(told.map(\.used) == told.map(\.used).sorted(by: >) && told.first?.used == 3)
        let sets = (0..<domains).reduce(0) { $0 + $1 % 3 + 1 }
        #expect(report.more == 1 + sets - CALimitsLimits.reportedPerLimitMax)
    }

    @Test func `what a CA has said is told until it is over, and the whole is the same in JSON`() throws {
        var ledger = BudgetLedger()
        let until = noon.addingTimeInterval(600)
        ledger.note(
            notBefore: until, words: "too many new orders by this account", order: order("a.example"), limits: limits, at: noon)
        let said = report(ledger)
        #expect(said.refusals.map(\.notBefore) == [until] && said.refusals.first?.account == "certctl-system/le")
        #expect(report(ledger, at: until).refusals.isEmpty)
        #expect(try JSONDecoder().decode(BudgetReport.self, from: JSONEncoder().encode(said)) == said)
    }
}
