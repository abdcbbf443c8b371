import Admin
import FoundationEssentials
import Issuance
import Testing

@testable import certctl

@Suite("What status is asked for") struct FilterTests {
    @Test(arguments: [
        ("7d", 604_800), ("2w", 1_209_600), ("1w2d", 777_600), ("1d12h", 129_600), ("36h", 129_600), ("90m", 5400), ("1h30m", 5400),
        ("1.5d", 129_600),
        ("0d", 0),
    ])
    func `a time is weeks, days and what Go knows`(text: String, seconds: Int) {
        #expect(Expiry(text) == .within(.seconds(seconds)))
    }

    @Test(arguments: [("1/3", 1.0 / 3), ("33%", 0.33), ("0.25", 0.25), ("100%", 1.0), ("1/1", 1.0)] as [(String, Double)])
    func `a fraction is one of the lifetime`(text: String, fraction: Double) {
        #expect(Expiry(text) == .fraction(fraction))
    }

    @Test(arguments: [
        "", "7", "d", "d7", "-7d", "7 d", "7days", "1/0", "0/3", "4/3", "101%", "0.0", "1/2/3", "%", "/", "1d2w", "1e3d", "٣d", "99999999d",
        "nan%", ".",
    ])
    func `anything else is refused`(text: String) {
        #expect(Expiry(text) == nil)
    }

    @Test func `a fraction is judged by each certificate's own lifetime`() {
        let short = Sample.fact("short", days: 6, leftDays: 2.1)
        let long = Sample.fact("long", days: 90, leftDays: 20)
        let ended = Sample.fact("ended", days: 90, leftDays: -1)
        func expiring(_ text: String) -> [String] {
            let expiry = Expiry(text)
            return [short, long, ended].filter { expiry?.includes($0, at: Sample.now) == true }.map(\.secretName)
        }
        #expect(expiring("1/3") == ["long", "ended"])
        #expect(expiring("7d") == ["short", "ended"])
        #expect(expiring("1/2") == ["short", "long", "ended"])
        #expect(Expiry("100%")?.includes(Sample.fact("none"), at: Sample.now) == false)
    }

    @Test func `a host is meant in any of its spellings, and by the wildcard that covers it`() throws {
        let host = try #require(HostPattern("MÜNCHEN.example."))
        #expect(host.text == "xn--mnchen-3ya.example" && !host.isGlob)
        #expect(host.matches("xn--mnchen-3ya.example") && host.matches("*.example") && !host.matches("example"))
        let shop = try #require(HostPattern("shop.example.com"))
        #expect(shop.matches("*.example.com") && !shop.matches("*.shop.example.com") && !shop.matches("*.com"))
        let address = try #require(HostPattern("2001:DB8::0:1"))
        #expect(address.matches("2001:db8::1"))
        #expect(
            HostPattern("not a host") == nil && HostPattern("") == nil && HostPattern("a\u{1B}*") == nil && HostPattern("-a.example") == nil
        )
    }

    @Test func `a star stands for any number of characters`() throws {
        let under = try #require(HostPattern("*.Example.com"))
        #expect(under.isGlob && under.matches("a.example.com") && under.matches("a.b.example.com") && under.matches("*.example.com"))
        #expect(!under.matches("example.com") && !under.matches("a.example.com.evil"))
        let middle = try #require(HostPattern("shop*.com"))
        #expect(middle.matches("shop.com") && middle.matches("shop-1.example.com") && !middle.matches("ashop.com"))
        let hostile = try #require(HostPattern(String(repeating: "*a", count: 120)))
        #expect(!hostile.matches(String(repeating: "a", count: 250) + "b"))
    }

    @Test func `filters have to fit together, and take their problems with them`() {
        let report = Sample.report(
            [
                Sample.fact("good", days: 90, leftDays: 60), Sample.failing("bad", days: 90, leftDays: 10),
                Sample.failing("other", namespace: "blog", days: 90, leftDays: 60),
            ],
            problems: [
                .init(subject: "ingress web/bad", message: "one"), .init(subject: "secret blog/other", message: "two"),
                .init(subject: "a.yaml:3", message: "three"),
            ])
        func names(_ filter: StatusFilter) -> [String] { filter.apply(to: report).certificates.map(\.secretName) }
        func problems(_ filter: StatusFilter) -> [String] { filter.apply(to: report).problems.map(\.message) }
        #expect(names(StatusFilter()) == ["other", "bad", "good"] && problems(StatusFilter()).count == 3)
        #expect(names(StatusFilter(namespace: "web")) == ["bad", "good"] && problems(StatusFilter(namespace: "web")) == ["one"])
        #expect(names(StatusFilter(isFailingOnly: true)) == ["other", "bad"])
        #expect(names(StatusFilter(expiring: Expiry("1/3"), isFailingOnly: true)) == ["bad"])
        #expect(
            names(StatusFilter(hosts: HostPattern("good.example"))) == ["good"]
                && problems(StatusFilter(hosts: HostPattern("good.example"))).isEmpty)
        #expect(problems(StatusFilter(hosts: HostPattern("bad*"))) == ["one"])
        #expect(names(StatusFilter(namespace: "web", hosts: HostPattern("*.example"), expiring: Expiry("7d"))) == [])
    }

    @Test func `the worst comes first, then what ends first, then by name`() {
        var revoked = Sample.fact("revoked", days: 90, leftDays: 70)
        revoked.revoked = Sample.now.addingTimeInterval(-60)
        var pending = Sample.fact("pending")
        pending.state = .pending
        var blocked = Sample.fact("blocked")
        blocked.state = .blocked
        var odd = Sample.fact("odd", days: 90, leftDays: 80)
        odd.chainProblems = ["an intermediate is missing"]
        var overdue = Sample.fact("overdue", days: 90, leftDays: 20)
        overdue.renewAt = Sample.now.addingTimeInterval(-2 * 3600)
        var expired = Sample.fact("expired", days: 90, leftDays: -2)
        expired.state = .expired
        let facts = [
            Sample.fact("z-good", days: 90, leftDays: 50), Sample.fact("a-good", days: 90, leftDays: 50),
            Sample.fact("soon-good", days: 90, leftDays: 40),
            pending, odd, overdue, blocked, Sample.failing("failing", days: 90, leftDays: 3), revoked, expired,
        ]
        let order = ["expired", "revoked", "failing", "blocked", "overdue", "odd", "pending", "soon-good", "a-good", "z-good"]
        #expect(Sample.report(facts).worstFirst.map(\.fact.secretName) == order)
        #expect(Sample.report(facts.reversed()).worstFirst.map(\.fact.secretName) == order)
    }
}
