import Core
import TestKit
import Testing

@testable import DNS

@Suite("CAA, RFC 8659 and RFC 8657") struct CAATests {
    private static let zone = try? DomainName("example.com")

    private static func verdict(
        _ records: [CAARecord], name: String = "www.example.com", identities: [String] = ["letsencrypt.org"],
        account: String? = "https://ca/acct/1",
        method: String? = "http-01"
    ) throws -> CAA.Verdict {
        let request = CAA.Request(
            name: try DNSName(parsing: name), identities: identities, accountURL: account, validationMethod: method)
        return CAA.evaluate(records, at: try #require(zone), for: request)
    }

    private static func issue(_ value: String) -> CAARecord { CAARecord(tag: "issue", value: value) }
    private static func issueWild(_ value: String) -> CAARecord { CAARecord(tag: "issuewild", value: value) }

    private enum Kind { case allowed, refused, unknown }

    private static func kind(_ verdict: CAA.Verdict) -> Kind {
        switch verdict {
        case .allowed: .allowed
        case .refused: .refused
        case .unknown: .unknown
        }
    }

    @Test func `no records allow every CA`() throws {
        #expect(try CAATests.verdict([]) == .allowed("neither example.com nor a name above it has CAA records: every CA may issue"))
    }

    @Test func `records without issue do not restrict`() throws {
        let records = [CAARecord(tag: "iodef", value: "mailto:a@b"), CAARecord(flags: 128, tag: "issuemail", value: ";")]
        #expect(try CAATests.kind(CAATests.verdict(records)) == .allowed)
    }

    @Test(arguments: [
        "letsencrypt.org", " letsencrypt.org ", "LetsEncrypt.ORG", "letsencrypt.org;", "letsencrypt.org ; ", "letsencrypt.org; a=b",
        "letsencrypt.org;a=b ; c = d", "letsencrypt.org; validationmethods=dns-01,http-01", "letsencrypt.org; accounturi=https://ca/acct/1",
        "letsencrypt.org; accounturi=https://ca/acct/1; validationmethods=http-01",
    ])
    func `a record that names the CA allows it`(value: String) throws {
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issue(value)])) == .allowed)
    }

    @Test(arguments: [
        "", ";", " ; ", "sectigo.com", "xletsencrypt.org", "letsencrypt.org.", "letsencrypt.org extra", "letsencrypt.org; novalue",
        "-letsencrypt.org",
        "letsencrypt.org; a=b;", "letsencrypt.org; a b=c", "letsencrypt.org; a=b c", "letsencrypt.org; accounturi=https://ca/acct/2",
        "letsencrypt.org; accounturi=https://ca/acct/1; accounturi=https://ca/acct/1", "letsencrypt.org; validationmethods=dns-01",
        "letsencrypt.org; validationmethods=", "letsencrypt.org; validationmethods=http-01; validationmethods=http-01",
        "letsencrypt.org; accounturi=https://ca/acct/2; validationmethods=http-01", "létsencrypt.org",
    ])
    func `a record that names nobody, another CA, account or method refuses`(value: String) throws {
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issue(value)])) == .refused)
    }

    @Test func `one of several records is enough`() throws {
        let records = [CAATests.issue(";"), CAATests.issue("sectigo.com"), CAATests.issue("letsencrypt.org")]
        #expect(try CAATests.verdict(records) == .allowed("the CAA record of example.com `0 issue \"letsencrypt.org\"` allows it"))
    }

    @Test func `issuewild alone counts for wildcards, and only for them`() throws {
        let records = [CAATests.issue("letsencrypt.org"), CAATests.issueWild(";")]
        #expect(try CAATests.kind(CAATests.verdict(records)) == .allowed)
        #expect(try CAATests.kind(CAATests.verdict(records, name: "*.example.com")) == .refused)
        #expect(
            try CAATests.kind(CAATests.verdict([CAATests.issueWild("letsencrypt.org"), CAATests.issue(";")], name: "*.example.com"))
                == .allowed)
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issue(";")], name: "*.example.com")) == .refused)
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issueWild(";")])) == .allowed)
    }

    @Test func `a critical unknown tag refuses whatever else there is`() throws {
        let records = [CAATests.issue("letsencrypt.org"), CAARecord(flags: 128, tag: "future", value: "x")]
        let verdict = try CAATests.verdict(records)
        #expect(CAATests.kind(verdict) == .refused)
        #expect("\(verdict)".contains("`128 future \"x\"` is critical and its tag unknown"))
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issue("letsencrypt.org"), CAARecord(tag: "future", value: "x")])) == .allowed)
        #expect(
            try CAATests.kind(CAATests.verdict([CAATests.issue("letsencrypt.org"), CAARecord(flags: 1, tag: "future", value: "x")]))
                == .unknown)
        #expect(try CAATests.kind(CAATests.verdict([CAARecord(flags: 128, tag: "issue", value: "letsencrypt.org")])) == .allowed)
    }

    @Test func `what is not known yet leaves the verdict open, unless another record decides`() throws {
        let bound = CAATests.issue("letsencrypt.org; accounturi=https://ca/acct/1")
        #expect(try CAATests.kind(CAATests.verdict([bound], account: nil)) == .unknown)
        #expect(try CAATests.kind(CAATests.verdict([bound, CAATests.issue("letsencrypt.org")], account: nil)) == .allowed)
        let method = CAATests.issue("letsencrypt.org; validationmethods=dns-01")
        #expect(try CAATests.kind(CAATests.verdict([method], method: nil)) == .unknown)
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issue("letsencrypt.org")], identities: [])) == .unknown)
        #expect(try CAATests.kind(CAATests.verdict([CAATests.issue(";")], identities: [])) == .refused)
    }

    @Test func `a refusal says which records and what they allow`() throws {
        let records = ["sectigo.com", ";", "letsencrypt.org; validationmethods=dns-01", "digicert.com", "pki.goog"].map(CAATests.issue)
        let expected =
            "the CAA records of example.com do not allow it (this CA is letsencrypt.org): `0 issue \"sectigo.com\"` names another CA; "
            + "`0 issue \";\"` names no CA; `0 issue \"letsencrypt.org; validationmethods=dns-01\"` allows only validation by dns-01, not by http-01; "
            + "and 2 more"
        #expect(try CAATests.verdict(records) == .refused(expected))
    }

    @Test func `hostile text stays on one line`() throws {
        let verdict = try CAATests.verdict([CAARecord(tag: "issue", value: "a\nb\u{1B}[31m" + String(repeating: "x", count: 5000))])
        #expect("\(verdict)".utf8.count < 600)
        #expect(!"\(verdict)".contains("\n"))
        #expect(!"\(verdict)".contains("\u{1B}"))
    }

    @Test func `the lookup climbs to the first name with records, over aliases`() async throws {
        let server = try await DNSServer(records: [
            .soa("example.com"), .caa("example.com", "issue", "letsencrypt.org"), .cname("www.example.com", "cdn.test"), .soa("cdn.test"),
            .caa("cdn.test", "issue", "sectigo.com"), .a("a.b.example.com", [1, 2, 3, 4]), .caa("com", "issue", ";"),
        ])
        let resolver = DNSResolver(server)
        func kind(_ name: String) async throws -> (CAA.Verdict) {
            await CAA.check(CAA.Request(name: try DNSName(parsing: name), identities: ["letsencrypt.org"]), with: resolver)
        }
        #expect(try await CAATests.kind(kind("a.b.example.com")) == .allowed)
        #expect(try await CAATests.kind(kind("*.b.example.com")) == .allowed)
        let aliased = try await kind("www.example.com")
        #expect(CAATests.kind(aliased) == .refused)
        #expect("\(aliased)".contains("the CAA records of cdn.test do not allow it"))
        #expect(try await CAATests.kind(kind("other.com")) == .refused)
        #expect(try await CAATests.kind(kind("other.net")) == .allowed)
    }

    @Test func `a failing lookup leaves it open and says what a CA would do`() async throws {
        let server = try await DNSServer { .message(DNSReply.answer($0, code: 2)) }
        let request = CAA.Request(name: try DNSName(parsing: "www.example.com"), identities: ["letsencrypt.org"])
        let verdict = await CAA.check(request, with: DNSResolver(server))
        #expect(CAATests.kind(verdict) == .unknown)
        #expect("\(verdict)".contains("CAA www.example.com at 127.0.0.1:\(server.port): the server answered SERVFAIL"))
        #expect("\(verdict)".contains("a CA that finds the same refuses to issue"))
    }
}
