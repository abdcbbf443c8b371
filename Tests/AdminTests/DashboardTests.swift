import Alerts
import Core
import FoundationEssentials
import HTTPClient
import Issuance
import PKI
import Routing
import TestKit
import Testing

@testable import Admin

/// What tests of the dashboard show.
enum DashboardSample {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func fact(_ name: String, state: CertificateFact.State = .valid, error: String? = nil) -> CertificateFact {
        var fact = CertificateFact(namespace: "web", secretName: name, hosts: ["\(name).example"], state: state)
        fact.notBefore = now.addingTimeInterval(-30 * 86_400)
        fact.notAfter = now.addingTimeInterval(60 * 86_400)
        fact.lastError = error
        return fact
    }

    static func input(_ facts: [CertificateFact], at: Date = now, problems: [StatusReport.Problem] = []) -> DashboardInput {
        DashboardInput(
            report: StatusReport(version: "1", at: at, isRunning: true, certificates: facts, problems: problems, ignoredKinds: [:]),
            routes: .empty, requests: nil, alerts: nil)
    }
}

/// A document as the page reads it.
struct DashboardDocument: Decodable {
    struct Rows: Decodable {
        struct Certificate: Decodable {
            let secret: String
            let lastError: String?
            let concern: String?
        }
        let set: [String: Certificate]
        let gone: [String]
    }
    struct Summary: Decodable {
        let verdict: String
        let certificates, certificatesOmitted: Int
    }
    let cursor: String
    let isWhole: Bool
    let summary: Summary?
    let certificates: Rows?

    init?(_ bytes: [UInt8]?) throws {
        guard let bytes else { return nil }
        self = try JSONDecoder().decode(DashboardDocument.self, from: Data(bytes))
    }
}

@Suite("Dashboard, what is new") struct DashboardModelTests {
    private func model(_ facts: [CertificateFact]) -> DashboardModel {
        var model = DashboardModel(epoch: "e")
        model.update(DashboardSample.input(facts), at: .now)
        return model
    }

    private func document(_ model: DashboardModel, since: String?) throws -> DashboardDocument? {
        try DashboardDocument(model.document(since: since, at: DashboardSample.now))
    }

    @Test func `who has nothing gets everything`() throws {
        let model = model(["a", "b"].map { DashboardSample.fact($0) })
        for cursor in [nil, "", "x", "e", "e.", "e.x", "f.1", "e.99", "e.-1", "e.1.2"] {
            let whole = try #require(try document(model, since: cursor))
            #expect(whole.isWhole && whole.certificates?.set.keys.sorted() == ["web/a", "web/b"] && whole.summary?.certificates == 2)
        }
    }

    @Test func `who has everything gets nothing, although time goes on`() throws {
        var model = model(["a", "b"].map { DashboardSample.fact($0) })
        let cursor = model.cursor
        var later = DashboardSample.fact("a")
        later.lifetimeLeft = 0.5
        model.update(DashboardSample.input([later, DashboardSample.fact("b")], at: DashboardSample.now.addingTimeInterval(60)), at: .now)
        #expect(try document(model, since: cursor) == nil)
    }

    @Test func `what changed, came and went is told, and nothing else`() throws {
        var model = model(["a", "b", "c"].map { DashboardSample.fact($0) })
        let cursor = model.cursor
        model.update(
            DashboardSample.input([
                DashboardSample.fact("a"), DashboardSample.fact("b", state: .failing, error: "no"), DashboardSample.fact("d"),
            ]),
            at: .now)
        let news = try #require(try document(model, since: cursor))
        #expect(!news.isWhole && news.certificates?.set.keys.sorted() == ["web/b", "web/d"] && news.certificates?.gone == ["web/c"])
        #expect(news.certificates?.set["web/b"]?.concern == "failing")
        #expect(try document(model, since: news.cursor) == nil)
        // What comes back is not gone.
        model.update(DashboardSample.input(["a", "b", "c", "d"].map { DashboardSample.fact($0) }), at: .now)
        let back = try #require(try document(model, since: cursor))
        #expect(back.certificates?.gone == [] && back.certificates?.set["web/c"] != nil)
    }

    @Test func `one change among 5,000 certificates is a short message`() throws {
        var facts = (0..<5000).map { DashboardSample.fact("s\($0)") }
        var model = model(facts)
        let cursor = model.cursor
        #expect(try #require(model.document(since: nil, at: DashboardSample.now)).count > 500_000)
        facts[2500].state = .issuing
        model.update(DashboardSample.input(facts), at: .now)
        #expect(try #require(model.document(since: cursor, at: DashboardSample.now)).count < 2000)
    }

    @Test func `of a fleet that is too large the worst are shown`() throws {
        var facts = (0..<DashboardLimits.rowsMax + 2).map { DashboardSample.fact("s\($0)") }
        facts[facts.count - 1].state = .failing
        let whole = try #require(try document(model(facts), since: nil))
        #expect(whole.certificates?.set.count == DashboardLimits.rowsMax && whole.summary?.certificatesOmitted == 2)
        #expect(whole.certificates?.set["web/s\(facts.count - 1)"]?.concern == "failing")
    }

    @Test func `whoever missed more than is remembered gets everything`() throws {
        var model = model((0..<DashboardLimits.rowsMax).map { DashboardSample.fact("a\($0)") })
        let cursor = model.cursor
        for letter in ["b", "c", "d"] {
            model.update(DashboardSample.input((0..<DashboardLimits.rowsMax).map { DashboardSample.fact("\(letter)\($0)") }), at: .now)
        }
        #expect(try document(model, since: cursor)?.isWhole == true)
    }

    @Test(arguments: [#"<script>alert("1")</script>"#, "a\nb\r\n\ndata: x", "\u{2028}\u{0}\u{1b}[31m", #"\u003c"' </style>"#])
    func `whatever stands in an error stays one line of JSON`(words: String) throws {
        let bytes = try #require(
            model([DashboardSample.fact("a", state: .failing, error: words)]).document(since: nil, at: DashboardSample.now))
        #expect(!bytes.contains(0x0A) && !bytes.contains(0x0D))
        #expect(try DashboardDocument(bytes)?.certificates?.set["web/a"]?.lastError == words)
    }

    @Test func `long texts are cut`() throws {
        let long = String(repeating: "é", count: DashboardLimits.textMax)
        for (words, isCut) in [(long, false), (long + "x", true)] {
            let row = try document(model([DashboardSample.fact("a", error: words)]), since: nil)?.certificates?.set["web/a"]
            #expect(row?.lastError == (isCut ? long + "…" : words))
        }
    }
}

@Suite("Dashboard, pages") struct DashboardPageTests {
    private static let pages: [AdminResponse] = [
        DashboardPage.dashboard, DashboardPage.dashboardOfSession, DashboardPage.locked, DashboardPage.login(.none),
        DashboardPage.login(.wrong),
        DashboardPage.login(.tooMany(seconds: 7)),
    ]

    private func split(_ text: String, by separator: String) -> [String] {
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }

    @Test(arguments: pages.indices) func `the policy lets nothing run but what is in the page`(index: Int) throws {
        let page = Self.pages[index]
        let text = String(decoding: page.body, as: UTF8.self)
        let policy = try #require(page.headers.first { $0.name == "Content-Security-Policy" }?.value)
        for part in [
            "default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'",
        ] { #expect(split(policy, by: "; ").contains(part), "\(part)") }
        #expect(!policy.contains("unsafe") && !policy.contains("*"))
        for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
            let contents = split(text, by: "<\(tag)>").dropFirst().map { split($0, by: "</\(tag)>")[0] }
            #expect(contents.count == (tag == "style" || index < 2 ? 1 : 0))
            for content in contents {
                let digest = Data(sha256(Array(content.utf8))).base64EncodedString()
                #expect(split(policy, by: "; ").contains("\(directive) 'sha256-\(digest)'"))
            }
            // A comment or a string that ends the element would leave the rest as text.
            #expect(split(text, by: "</\(tag)").count == contents.count + 1)
        }
    }

    @Test(arguments: pages.indices) func `nothing comes from elsewhere, and no attribute is a program`(index: Int) {
        let text = String(decoding: Self.pages[index].body, as: UTF8.self).lowercased()
        let script = split(split(text, by: "<script>").last ?? "", by: "</script>")[0]
        let markup = split(text, by: "<script>")[0] + (split(text, by: "</script>").count > 1 ? split(text, by: "</script>")[1] : "")
        for word in [
            "http://", "https://", "//cdn", "src=", "@import", "url(", " onclick", " onload", " onerror", "style=\"", "javascript:",
        ] {
            #expect(!markup.contains(word), "\(word)")
        }
        for word in ["innerhtml", "outerhtml", "insertadjacenthtml", "document.write", "eval(", "new function", "domparser", "srcdoc"] {
            #expect(!script.contains(word), "\(word)")
        }
        #expect(!text.contains("<!--"))
    }

    @Test func `only a session can be ended`() {
        func hasButton(_ page: AdminResponse) -> Bool { String(decoding: page.body, as: UTF8.self).contains("Sign out") }
        #expect(hasButton(DashboardPage.dashboardOfSession) && !hasButton(DashboardPage.dashboard))
    }

    @Test func `the form says what went wrong`() {
        #expect(DashboardPage.login(.none).status == 401 && DashboardPage.login(.wrong).status == 401)
        let tooMany = DashboardPage.login(.tooMany(seconds: 7))
        #expect(tooMany.status == 429 && String(decoding: tooMany.body, as: UTF8.self).contains("Try again in 7 s."))
    }
}
