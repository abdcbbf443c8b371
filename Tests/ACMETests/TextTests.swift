import Core
import FoundationEssentials
import Testing

@testable import ACME

@Suite("Times from a CA, RFC 9110 §5.6.7 and RFC 3339")
struct TimestampTests {
    static let expected = Date(timeIntervalSince1970: 784_111_777)

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ]) func `all three forms of an HTTP date are read`(text: String) {
        #expect(Timestamp.httpDate(text) == Self.expected)
    }

    @Test(arguments: [
        "", "Sun", "Sun, 06 Nov 1994", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT trailing", "Sun, 6 Nov 1994 08:49:37 GMT", "\u{661}\u{662}",
        "Sun Nov 31 08:49:37 1994",
    ]) func `anything else is no HTTP date`(text: String) {
        #expect(Timestamp.httpDate(text) == nil)
    }

    @Test(arguments: [
        "1994-11-06T08:49:37Z", "1994-11-06T08:49:37.123456789Z", "1994-11-06T09:49:37+01:00", "1994-11-06t03:49:37.5-05:00",
    ]) func `RFC 3339 with fractions and offsets is read`(text: String) {
        #expect(Timestamp.rfc3339(text) == Self.expected)
    }

    @Test(arguments: [
        "", "1994-11-06", "1994-11-06T08:49:37", "1994-13-06T08:49:37Z", "1994-02-29T08:49:37Z", "1994-11-06T08:49:37.Z",
        "1994-11-06T08:49:37Zx", "1994-11-06T08:49:37+25:00", "-994-11-06T08:49:37Z",
    ]) func `anything else is no RFC 3339 time`(text: String) {
        #expect(Timestamp.rfc3339(text) == nil)
    }

    @Test func `every day of four centuries comes out where it went in`() {
        for day in stride(from: 0, to: 146_097, by: 17) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 12_345)
            #expect(Timestamp.rfc3339(Timestamp.rfc3339(date)) == date)
        }
    }

    @Test func `Retry-After is seconds or a date, not in the past and not too far away`() {
        let now = Self.expected.addingTimeInterval(-100)
        let latest = now.addingTimeInterval(ACMELimits.retryAfterMax.seconds)
        #expect(Timestamp.retryAfter("120", now: now) == now.addingTimeInterval(120))
        #expect(Timestamp.retryAfter("0", now: now) == now)
        #expect(Timestamp.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == Self.expected)
        #expect(Timestamp.retryAfter("Sun, 06 Nov 1993 08:49:37 GMT", now: now) == now)
        #expect(Timestamp.retryAfter("Sun, 06 Nov 2094 08:49:37 GMT", now: now) == latest)
        #expect(Timestamp.retryAfter("\(Int(ACMELimits.retryAfterMax.seconds))", now: now) == latest)
        #expect(Timestamp.retryAfter("\(Int(ACMELimits.retryAfterMax.seconds) + 1)", now: now) == latest)
        #expect(Timestamp.retryAfter("99999999999999999999999999", now: now) == latest)
        for text in ["", " ", "-1", "1.5", "soon", "+3"] { #expect(Timestamp.retryAfter(text, now: now) == nil, "\(text)") }
    }
}

@Suite("Link fields, RFC 8288 §3")
struct LinkHeaderTests {
    @Test func `alternates are found among other links, in several fields and in one`() {
        let lines = [
            "<https://ca/dir>;rel=\"index\"", "<https://ca/1>;rel=\"alternate\", <https://ca/2>; title=\"a, b; c\"; REL=alternate",
            "<https://ca/3>; rel=\"up alternate\"",
        ]
        #expect(LinkHeader.targets(relation: "alternate", in: lines) == ["https://ca/1", "https://ca/2", "https://ca/3"])
        #expect(LinkHeader.targets(relation: "index", in: lines) == ["https://ca/dir"])
    }

    @Test(arguments: [
        "", "<", "<>", "https://ca;rel=alternate", "<https://ca", "<https://ca>", "<https://ca>;rel", "<https://ca>;rel=\"up\\",
    ])
    func `malformed links are no links`(line: String) {
        #expect(LinkHeader.targets(relation: "alternate", in: [line]).isEmpty)
    }

    @Test func `only the first relation of a link counts`() {
        #expect(LinkHeader.targets(relation: "alternate", in: ["<https://ca>;rel=up;rel=alternate"]).isEmpty)
    }
}

@Suite("Identifiers, RFC 8555 §9.7.7 and RFC 8738")
struct ACMEIdentifierTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"), ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"), ("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ]) func `addresses become canonical`(text: String, canonical: String) throws {
        let identifier = try ACMEIdentifier(parsing: text)
        #expect(identifier.kind == .ip)
        #expect(identifier.value == canonical)
        #expect(identifier.dnsName == nil)
    }

    @Test(arguments: [
        "192.0.2", "192.0.2.256", "192.0.2.01", "1.2.3.4.5", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":1", "1:", "12345::", "::+1",
        "1.2.3.4::", "[::1]", "::1%eth0", "0x7f.1", "",
    ]) func `what is neither address nor name is refused`(text: String) {
        #expect(throws: DNSNameError.self) { try ACMEIdentifier(parsing: text) }
    }

    @Test func `names become lower-case A-labels`() throws {
        let identifier = try ACMEIdentifier(parsing: "*.Bücher.example")
        #expect(identifier.value == "*.xn--bcher-kva.example")
        #expect(identifier.isWildcard)
        #expect(identifier.withoutWildcard.value == "xn--bcher-kva.example")
    }

    @Test func `the wire form is checked when it is read`() throws {
        let decode = { (text: String) in try JSONDecoder().decode(ACMEIdentifier.self, from: Data(text.utf8)) }
        #expect(try decode(#"{"type":"dns","value":"A.example"}"#).value == "a.example")
        #expect(try decode(#"{"type":"ip","value":"::1"}"#).kind == .ip)
        for bad in [
            #"{"type":"dns","value":"1.2.3.4"}"#, #"{"type":"ip","value":"a.example"}"#, #"{"type":"dns","value":"a b"}"#,
            #"{"type":"mail","value":"a"}"#,
            #"{"type":"dns"}"#, #"{"value":"a.example"}"#,
        ] {
            #expect(throws: (any Error).self, "\(bad)") { try decode(bad) }
        }
    }
}

@Suite("Problem documents, RFC 7807 and RFC 8555 §6.7")
struct ProblemTests {
    static let text = """
        {"type":"urn:ietf:params:acme:error:malformed","detail":"Some of the identifiers requested were rejected","status":400,
         "subproblems":[
          {"type":"urn:ietf:params:acme:error:malformed","detail":"Invalid underscore in DNS name \\"_example.org\\"",
           "identifier":{"type":"dns","value":"_example.org"}},
          {"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"This CA will not issue for \\"example.net\\"",
           "identifier":{"type":"dns","value":"example.net"}}],
         "vendor":{"ticket":4711,"nested":[true,null,1.5]}}
        """

    @Test func `subproblems and members that we do not know are kept word for word`() throws {
        let problem = try JSONDecoder().decode(Problem.self, from: Data(Self.text.utf8))
        #expect(problem.subproblems.map(\.identifier) == ["_example.org", "example.net"])
        #expect(problem.acmeType == "malformed")
        #expect(problem.status == 400)
        #expect(problem.document.contains(#""vendor":{"nested":[true,null,1.5],"ticket":4711}"#))
        #expect(try JSONDecoder().decode(Problem.self, from: Data(problem.document.utf8)) == problem)
        #expect(
            "\(problem)" == """
                urn:ietf:params:acme:error:malformed: Some of the identifiers requested were rejected (_example.org: \
                urn:ietf:params:acme:error:malformed: Invalid underscore in DNS name "_example.org"; example.net: \
                urn:ietf:params:acme:error:rejectedIdentifier: This CA will not issue for "example.net")
                """)
    }

    @Test func `members of another type than expected count as absent`() throws {
        let problem = try JSONDecoder().decode(
            Problem.self, from: Data(#"{"type":1,"detail":[],"status":"x","subproblems":{},"identifier":"a"}"#.utf8))
        #expect(problem.type == "about:blank")
        #expect(problem.detail == nil)
        #expect(problem.status == nil)
        #expect(problem.subproblems.isEmpty)
        #expect("\(problem)" == "about:blank")
    }

    @Test func `the page that a person has to visit is named`() throws {
        let text =
            #"{"type":"urn:ietf:params:acme:error:userActionRequired","detail":"Terms have changed","instance":"https://ca.test/agree"}"#
        let problem = try JSONDecoder().decode(Problem.self, from: Data(text.utf8))
        #expect("\(problem)" == "urn:ietf:params:acme:error:userActionRequired: Terms have changed (visit https://ca.test/agree)")
    }

    @Test func `no control character reaches a log or a terminal`() {
        let problem = Problem(type: "urn:x", detail: "a\u{1B}[31mred\nnext\u{202E}line\u{7F}")
        #expect("\(problem)" == "urn:x: a\\u{1b}[31mred\\u{a}next\\u{202e}line\\u{7f}")
        #expect(problem.detail == "a\u{1B}[31mred\nnext\u{202E}line\u{7F}")
    }

    @Test func `more subproblems than are shown are counted`() {
        let part = Problem(type: "t", detail: "d", identifier: Sample.name)
        func shown(_ count: Int) -> String { "\(Problem(type: "T", detail: "D", subproblems: Array(repeating: part, count: count)))" }
        #expect(!shown(ACMELimits.subproblemsShownMax).contains("more"))
        #expect(shown(ACMELimits.subproblemsShownMax + 1).hasSuffix("; and 1 more)"))
    }

    @Test func `a secret that the CA quotes is cut out, deep inside as well`() {
        let part = Problem(type: "t", detail: "got token.THUMB")
        let problem = Problem(type: "T", detail: "expected token.THUMB", subproblems: [part]).redacting("THUMB")
        #expect(!problem.document.contains("THUMB"))
        #expect(problem.detail == "expected token.[redacted]")
        #expect(problem.subproblems.first?.detail == "got token.[redacted]")
    }
}

@Suite("Authorizations and challenges, RFC 8555 §7.1.4 and §8")
struct AuthorizationReadingTests {
    static func read(_ challenges: String) throws -> Authorization {
        let text = #"{"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":["# + challenges + "]}"
        let authorization = try JSONDecoder().decode(Authorization.self, from: Data(text.utf8))
        return try URLPolicy(directoryURL: "https://ca.test/").check(authorization, subject: "authorization")
    }

    static let good = #"{"type":"http-01","url":"https://ca.test/c/1","status":"pending","token":"abc-_123"}"#

    @Test(arguments: [
        #"{"type":"future-01"}"#, #"{"type":"future-01","status":7,"url":[],"token":{}}"#,
        #"{"type":"dns-account-01","status":"waiting","url":"x"}"#,
    ]) func `a challenge of a type to come does not spoil the others`(odd: String) throws {
        let authorization = try Self.read(odd + "," + Self.good)
        #expect(authorization.challenges.last?.knownType == .http01)
    }

    @Test(arguments: [
        #"{"type":"http-01","status":"pending","token":"abc"}"#,
        #"{"type":"http-01","url":"http://ca.test/c","status":"pending","token":"abc"}"#,
        #"{"type":"http-01","url":"https://ca.test/c","status":"pending"}"#,
        #"{"type":"http-01","url":"https://ca.test/c","status":"pending","token":""}"#,
        #"{"type":"http-01","url":"https://ca.test/c","status":"pending","token":"../../etc/passwd"}"#,
        #"{"type":"http-01","url":"https://ca.test/c","status":"pending","token":"a\r\nb"}"#,
        #"{"type":"http-01","url":"https://ca.test/c","status":"pending","token":"é"}"#, #"{"url":"https://ca.test/c"}"#, "7",
    ]) func `a challenge that we would use must be sound`(bad: String) {
        #expect(throws: (any Error).self) { try Self.read(bad) }
    }

    @Test func `tokens and challenges are limited`() throws {
        func token(_ count: Int) -> String { Self.good.replacing("abc-_123", with: String(repeating: "a", count: count)) }
        #expect(throws: Never.self) { try Self.read(token(ACMELimits.tokenBytesMax)) }
        #expect(throws: ACMEError.self) { try Self.read(token(ACMELimits.tokenBytesMax + 1)) }
        func many(_ count: Int) -> String { Array(repeating: Self.good, count: count).joined(separator: ",") }
        #expect(throws: Never.self) { try Self.read(many(ACMELimits.challengesMax)) }
        #expect(throws: ACMEError.self) { try Self.read(many(ACMELimits.challengesMax + 1)) }
    }

    @Test func `authorizations of an order are limited`() throws {
        func order(_ count: Int) throws -> Order {
            let policy = try URLPolicy(directoryURL: "https://ca.test/")
            let urls = Array(repeating: "https://ca.test/a", count: count)
            return try policy.check(
                Order(status: .pending, identifiers: [Sample.name], authorizations: urls, finalize: "https://ca.test/f"), subject: "order")
        }
        #expect(throws: Never.self) { try order(ACMELimits.authorizationsMax) }
        #expect(throws: ACMEError.self) { try order(ACMELimits.authorizationsMax + 1) }
    }
}

@Suite("URLs of a CA, RFC 8555 §6.1")
struct URLPolicyTests {
    @Test(arguments: [
        "https://ca.example/dir", "HTTPS://CA.example:14000/dir?x=1", "https://[2001:db8::1]:8443/dir", "https://ca.example",
    ]) func `https is accepted`(url: String) throws {
        #expect(try URLPolicy(directoryURL: url).check(url, "x", subject: "s") == url)
    }

    @Test(arguments: [
        "http://ca.example/dir", "ftp://ca.example", "ca.example", "", "https://", "https:///dir", "https://:443/",
        "https://user@ca.example/",
        "https://u:p@ca.example/", "https://ca.example/a b", "https://ca.example/\"", "https://ca.example/\\",
        "https://ca.example/\r\nX: y",
        "https://ca.example/\u{E9}", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://10.0.0.1/",
        "file:///etc/passwd",
    ]) func `anything else is refused as a directory`(url: String) {
        #expect(throws: ACMEError.self) { try URLPolicy(directoryURL: url) }
    }

    @Test(arguments: ["http://127.0.0.1:14000/dir", "http://localhost/dir", "http://[::1]:1/dir", "http://127.1.2.3/dir"])
    func `plain http is for a directory on loopback and for nothing beyond it`(url: String) throws {
        let policy = try URLPolicy(directoryURL: url)
        #expect(try policy.check("http://127.0.0.1:5/x", "x", subject: "s") == "http://127.0.0.1:5/x")
        #expect(try policy.check("https://ca.example/x", "x", subject: "s") == "https://ca.example/x")
        #expect(throws: ACMEError.self) { try policy.check("http://ca.example/x", "x", subject: "s") }
        #expect(throws: ACMEError.self) { try policy.check("http://localhost@ca.example/x", "x", subject: "s") }
    }

    @Test func `an https directory cannot send us to http, on loopback neither`() throws {
        let policy = try URLPolicy(directoryURL: "https://ca.example/dir")
        #expect(throws: ACMEError.self) { try policy.check("http://127.0.0.1/x", "x", subject: "s") }
    }

    @Test func `the longest URL is accepted and one byte more is not`() throws {
        let base = "https://ca.example/"
        let longest = base + String(repeating: "a", count: ACMELimits.urlBytesMax - base.utf8.count)
        let policy = try URLPolicy(directoryURL: base)
        #expect(try policy.check(longest, "x", subject: "s") == longest)
        #expect(throws: ACMEError.self) { try policy.check(longest + "a", "x", subject: "s") }
    }
}

@Suite("Nonces, RFC 8555 §6.5")
struct NoncePoolTests {
    @Test func `a nonce is given once, the newest first`() {
        var pool = NoncePool()
        pool.put("one")
        pool.put("two")
        #expect(pool.take() == "two")
        #expect(pool.take() == "one")
        #expect(pool.take() == nil)
    }

    @Test func `no more than the limit are kept, the oldest go`() {
        var pool = NoncePool()
        for index in 0...ACMELimits.noncesKeptMax { pool.put("n\(index)") }
        var taken: [String] = []
        while let nonce = pool.take() { taken.append(nonce) }
        #expect(taken.count == ACMELimits.noncesKeptMax)
        #expect(taken.last == "n1")
    }

    @Test(arguments: ["", "a b", "a=", "a+b", "a/b", "é", "a\"", "a\n"]) func `what is not base64url is ignored`(nonce: String) {
        var pool = NoncePool()
        pool.put(nonce)
        pool.put(nil)
        #expect(pool.take() == nil)
    }

    @Test func `the longest nonce is kept and a longer one is not`() {
        #expect(NoncePool.isValid(String(repeating: "a", count: ACMELimits.nonceBytesMax)))
        #expect(!NoncePool.isValid(String(repeating: "a", count: ACMELimits.nonceBytesMax + 1)))
    }
}

@Suite("Preferred chain")
struct ChainPreferenceTests {
    @Test(arguments: [
        ("CN=ISRG Root X1,O=Internet Security Research Group,C=US", "ISRG Root X1"), ("C=US,O=x\\, y,CN=a\\,b", "a,b"),
        ("O=x+CN=joined", "joined"), ("cn=lower", "lower"), ("CN=B\\C3\\BCcher", "Bücher"), ("CN=end\\", "end\\"), ("CN=", ""),
    ]) func `the common name of an RFC 2253 name is read`(name: String, expected: String) {
        #expect(ChainPreference.commonName(of: name) == expected)
    }

    @Test(arguments: ["", "O=x", "O=CN\\=x", "\\", ","]) func `a name without one has none`(name: String) {
        #expect(ChainPreference.commonName(of: name) == nil)
    }
}
