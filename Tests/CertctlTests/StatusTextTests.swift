import Admin
import FoundationEssentials
import Issuance
import Testing

@testable import certctl

@Suite("A status report as text") struct StatusTextTests {
    /// One of each kind that matters.
    static let five: StatusReport = {
        var expired = Sample.fact("shop-tls", hosts: ["shop.example.com", "www.shop.example.com"], days: 90, leftDays: -2.125)
        expired.state = .expired
        expired.failures = 41
        expired.firstFailure = Sample.date(days: -30)
        expired.lastError =
            "429 urn:ietf:params:acme:error:rateLimited: too many certificates (50) already issued for \"example.com\" in the last 168h"
        expired.nextAttempt = Sample.date(days: 0.25)
        expired.advice = "wait for the limit of the CA to pass, or name another issuer at Ingress web/shop-tls"
        var blocked = Sample.fact("api-tls", namespace: "api", hosts: ["*.api.example.com"])
        blocked.state = .blocked
        blocked.message = "ClusterIssuer letsencrypt is not there"
        blocked.advice = "create ClusterIssuer letsencrypt, or correct the annotation of Ingress api/api-tls"
        var issuing = Sample.fact("xn--wgv71a-tls", hosts: ["xn--wgv71a309e.example"])
        issuing.state = .issuing
        let many = Sample.fact("many-tls", hosts: (1...12).map { "host-\($0).a-rather-long-zone.example.org" }, days: 90, leftDays: 60)
        return Sample.report(
            [many, issuing, blocked, Sample.failing("blog", days: 90, leftDays: 25), expired],
            problems: [.init(subject: "ingress web/old", message: "BadAnnotation: certctl.dev/x is \"y\"; allowed are a and b")],
            replicas: [
                ReplicaFact(identity: "proxy-1", role: "proxy", version: "1.0", isReachable: true),
                ReplicaFact(identity: "proxy-2", isReachable: false, problem: "10.0.0.7:9402 does not answer within 2 s"),
            ])
    }()

    private func text(_ report: StatusReport, _ columns: Int?, wide: Bool = false) -> String {
        StatusText(report: report, terminal: Terminal(columns: columns), isWide: wide).render()
    }

    @Test func `nothing, and one that is fine, take a line or two`() {
        #expect(text(Sample.report([]), 80) == "no certificates are asked for\n")
        #expect(text(Sample.report([Sample.fact("shop", days: 90, leftDays: 60)]), 80) == Golden.one)
    }

    @Test(arguments: Golden.five.map(\.columns)) func `five, at the width of the terminal`(columns: Int) throws {
        let expected = try #require(Golden.five.first { $0.columns == columns }?.text)
        #expect(text(Self.five, columns) == expected, "\(columns):\n\(text(Self.five, columns))")
    }

    @Test func `a pipe gets every column, and each sentence on one line`() {
        let lines = text(Self.five, nil).split(separator: "\n")
        #expect(lines[1] == "STATE    HOSTS                                      EXPIRES    RENEWS  SECRET              ISSUER")
        #expect(lines.contains { $0.hasPrefix("  failed 5 times, first 3h 12m ago: urn:ietf") && $0.hasSuffix("next attempt in 12m 0s") })
    }

    @Test func `wide has all hosts, keys, serials and reasons, however narrow the terminal is`() {
        let wide = text(Self.five, 80, wide: true)
        #expect(wide.contains("host-1.a-rather-long-zone.example.org,host-2.") && wide.contains("host-12.a-rather-long-zone.example.org"))
        for column in ["NOT AFTER", "LEFT", "KEY", "SIGNED BY", "SERIAL", "INGRESSES", "RENEWED BECAUSE"] { #expect(wide.contains(column)) }
        #expect(
            wide.contains("ECDSA P-256") && wide.contains("03a1b2") && wide.contains("66%") && wide.contains("replica  proxy-1: proxy, 1.0")
        )
    }

    @Test func `colour marks the state and the verdict, and takes no columns`() {
        let plain = StatusText(report: Self.five, terminal: Terminal(columns: 80)).lines()
        let coloured = StatusText(report: Self.five, terminal: Terminal(columns: 80, hasColour: true)).lines()
        #expect(
            coloured.contains { $0.hasPrefix("\u{1B}[31mexpired\u{1B}[0m") }
                && coloured.contains { $0.hasPrefix("\u{1B}[32mvalid\u{1B}[0m") })
        #expect(coloured.contains { $0.hasPrefix("\u{1B}[33missuing\u{1B}[0m") })
        #expect(coloured.map { $0.replacing(#/\u{1B}\[[0-9]*m/#, with: "") } == plain)
    }

    @Test func `500 are all there, in order, and no line is wider than the terminal`() {
        let facts = (0..<500).map { index -> CertificateFact in
            let host = String(repeating: "sub\(index).", count: index % 12 + 1) + "example.com"
            let fact =
                index % 50 == 7
                ? Sample.failing("tls-\(index)", days: 90, leftDays: 20)
                : Sample.fact("tls-\(index)", hosts: [host], days: 90, leftDays: Double(index % 89) + 1)
            return fact
        }
        for columns in [40, 80, 120, 200] {
            let lines = StatusText(report: Sample.report(facts), terminal: Terminal(columns: columns)).lines()
            for line in lines where line.columns > columns { Issue.record("\(columns): \(line)") }
            let states = lines.compactMap { line in ["failing", "valid"].first { line.hasPrefix($0 + " ") } }
            #expect(states == Array(repeating: "failing", count: 10) + Array(repeating: "valid", count: 490))
        }
    }

    @Test func `a CA's words cannot move the cursor or turn text around`() {
        var fact = Sample.failing("evil", days: 90, leftDays: 20)
        fact.lastError = "no\u{1B}[2J\u{1B}]0;title\u{7}\r\n\u{202E}live\u{202C}"
        fact.hosts = ["evil\u{1B}[1A.example"]
        for wide in [false, true] {
            let text = text(Sample.report([fact], problems: [.init(subject: "a\u{1B}b", message: "c\u{9B}d")]), 80, wide: wide)
            let driving = text.unicodeScalars.filter { $0 != "\n" && [.control, .format].contains($0.properties.generalCategory) }
            #expect(driving.isEmpty, "\(driving)")
        }
    }

    @Test func `what a filter left out is counted`() {
        let text = StatusText(
            report: Sample.report([Sample.fact("a", days: 90, leftDays: 60)]), terminal: Terminal(columns: 80), hiddenCount: 41
        ).render()
        #expect(text.contains("\n1 of 42 certificates shown\n"))
    }
}

@Suite("The story of a host as text") struct HostTextTests {
    static let report: HostReport = {
        var fact = Sample.failing("shop-tls", days: 90, leftDays: 20)
        fact.state = .issuing
        fact.hosts = ["shop.example.com", "www.shop.example.com"]
        fact.order = OrderProgress(
            directory: "https://acme.example/directory", url: "https://acme.example/order/1",
            steps: [
                .init(.account, .done, at: Sample.now.addingTimeInterval(-9)), .init(.order, .done, at: Sample.now.addingTimeInterval(-8)),
                .init(.authorization, name: "shop.example.com", .done, at: Sample.now.addingTimeInterval(-3)),
                .init(.authorization, name: "www.shop.example.com", .running, at: Sample.now.addingTimeInterval(-2), detail: "http-01"),
                .init(.finalize, .waiting), .init(.download, .waiting),
            ])
        fact.served = [ServedCertificate(replica: "proxy-2", fingerprint: nil, since: Sample.now.addingTimeInterval(-300))]
        fact.renewReason = "67 % of its lifetime are over then"
        return HostReport(
            host: "shop.example.com", version: "1.0", at: Sample.now, isRunning: true,
            rules: [
                .init(
                    ingress: "web/shop", host: "shop.example.com", path: "/api", kind: "Prefix", backend: "web/api:80",
                    state: "noEndpoints", endpoints: 0),
                .init(
                    ingress: "web/shop", host: "shop.example.com", path: "/", kind: "Prefix", backend: "web/shop:80", state: "ok",
                    endpoints: 2),
            ],
            certificates: [
                .init(
                    fact: fact,
                    chain: [
                        .init(
                            subject: "", issuer: "CN=R11,O=Example CA", notBefore: Sample.date(days: -70), notAfter: Sample.date(days: 20),
                            key: "ECDSA P-256", serialNumber: "03a1b2", fingerprint: "ab"),
                        .init(
                            subject: "CN=R11,O=Example CA", issuer: "CN=Root,O=Example CA", notBefore: Sample.date(days: -900),
                            notAfter: Sample.date(days: 900), key: "RSA 2048", serialNumber: "7f", fingerprint: "cd"),
                    ])
            ],
            servedSecret: "web/shop-tls", replicas: [ReplicaFact(identity: "proxy-1", role: "proxy", version: "1.0", isReachable: true)],
            recentEvents: [
                .init(
                    at: Sample.now.addingTimeInterval(-600), type: "Warning", reason: "Failed", object: "Ingress web/shop",
                    message: "Connection refused", count: 5)
            ])
    }()

    @Test(arguments: Golden.host.map(\.columns)) func `the whole story, at the width of the terminal`(columns: Int) throws {
        let expected = try #require(Golden.host.first { $0.columns == columns }?.text)
        let text = HostText(report: Self.report, terminal: Terminal(columns: columns)).render()
        #expect(text == expected, "\(columns):\n\(text)")
    }

    @Test func `no line is wider than the terminal`() {
        for columns in 20...200 {
            for line in HostText(report: Self.report, terminal: Terminal(columns: columns)).lines() where line.columns > columns {
                Issue.record("\(columns): \(line)")
            }
        }
    }

    @Test func `the verdict names what is worst, and what to do`() {
        var report = Self.report
        #expect(
            report.verdict.style == .alarm && report.verdict.next?.contains("certctl check web/shop-tls") == true && report.needsAttention)
        report.certificates = [.init(fact: Sample.fact("shop-tls", hosts: ["shop.example.com"], days: 90, leftDays: 60), chain: [])]
        #expect(report.verdict.text == "requests for /api are answered 503: Service web/api:80: no endpoint is ready")
        report.rules.removeFirst()
        #expect(
            report.verdict == HostVerdict(text: "valid, expires in 60d 0h, renewal in 30d 0h", style: .good, next: nil)
                && !report.needsAttention)
        report.certificates = []
        #expect(report.verdict.style == .notice && report.verdict.next?.contains("Ingress web/shop") == true)
        report.rules = []
        #expect(!report.isKnown && report.verdict.next?.contains("certctl routes shop.example.com") == true)
    }

    @Test func `time that passes is no change, but what it brings is`() {
        var later = Self.report
        later.at = Sample.now.addingTimeInterval(60)
        #expect(later.unchanging == Self.report.unchanging)
        later.recentEvents = []
        #expect(later.unchanging != Self.report.unchanging)
        var fact = Sample.fact("a", days: 90, leftDays: 60)
        let before = Sample.report([fact])
        fact.lifetimeLeft = 0.5
        #expect(Sample.report([fact]).unchanging == before.unchanging)
        fact.serialNumber = "02"
        #expect(Sample.report([fact]).unchanging != before.unchanging)
    }
}
