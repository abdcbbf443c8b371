import Core
import FoundationEssentials
import HTTPClient
import Issuance
import NIOHTTP1
import TestKit
import Testing

@testable import Admin

@Suite("Admin API, the token off the loopback") struct AdminTokenTests {
    private static let token = "0123456789abcdef-~+/="

    private func gate(_ access: AdminAccess, isLoopback: Bool = false, time: any TimeSource = SystemTime()) -> AdminGate {
        AdminGate(credentials: AdminCredentials(access, time: time), isLoopback: isLoopback, remote: "192.0.2.1")
    }

    private var guarded: AdminAccess { get throws { try #require(AdminAccess(bearerToken: Array(Self.token.utf8))) } }

    private func head(_ path: String, _ method: HTTPMethod = .GET, _ headers: [(String, String)] = []) -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: HTTPHeaders([("Host", "localhost:9402")] + headers))
    }

    private func field(_ response: AdminResponse?, _ name: String) -> String? { response?.headers.first { $0.name == name }?.value }

    private func text(_ response: AdminResponse?) -> String { String(decoding: response?.body ?? [], as: UTF8.self) }

    /// Signs in, and gives the cookie as a browser sends it back.
    private func signIn(_ gate: AdminGate, _ headers: [(String, String)] = []) throws -> String {
        let body = Array("token=0123456789abcdef-%7E%2B%2F%3D%0A".utf8)
        let answer = try #require(gate.answer(head("/login", .POST, headers), body: body))
        #expect(answer.status == 303 && field(answer, "Location") == "./")
        return String(try #require(field(answer, "Set-Cookie")).prefix { $0 != ";" })
    }

    @Test(arguments: ["/healthz", "/livez", "/readyz", "/startupz", "/metrics", "/metrics?name[]=up"])
    func `health and metrics are for everybody`(path: String) throws {
        for access in [AdminAccess.loopbackOnly, .closed, try guarded] { #expect(gate(access).answer(head(path), body: []) == nil) }
    }

    @Test(arguments: [
        "/", "/api/v1/status", "/api/v1/status?secret=a/b", "/api/v1/routes", "/api/v1/alerts", "/api/v1/dashboard", "/api/v1/events",
        "/api/v1/timeline", "/api/v1/hosts/a.example", "/unknown", "//healthz", "/healthz/", "/HEALTHZ", "/x?/healthz", "",
    ])
    func `everything else takes the token`(path: String) throws {
        let gate = gate(try guarded)
        #expect(gate.answer(head(path), body: [])?.status == 401)
        #expect(gate.answer(head(path, .HEAD), body: [])?.status == 401)
        #expect(gate.answer(head(path, .GET, [("Authorization", "Bearer " + Self.token + "x")]), body: [])?.status == 401)
        #expect(gate.answer(head(path, .GET, [("Authorization", "bearer " + Self.token)]), body: []) == nil)
        #expect(field(gate.answer(head(path), body: []), "WWW-Authenticate") == #"Bearer realm="certctl""#)
        for closed in [AdminAccess.loopbackOnly, .closed] {
            #expect(self.gate(closed).answer(head(path, .GET, [("Authorization", "Bearer " + Self.token)]), body: [])?.status == 403)
        }
    }

    @Test func `on a loopback address asking is free, with a token too`() throws {
        for access in [AdminAccess.loopbackOnly, try guarded] {
            #expect(gate(access, isLoopback: true).answer(head("/api/v1/status"), body: []) == nil)
            #expect(gate(access, isLoopback: true).answer(head("/"), body: []) == nil)
        }
        let rebound = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Host": "evil.example"])
        #expect(gate(try guarded, isLoopback: true).answer(rebound, body: [])?.status == 421)
    }

    @Test func `what is served is told to other replicas, with the token where there is one`() throws {
        #expect(gate(.loopbackOnly).answer(head("/api/v1/served"), body: []) == nil)
        #expect(gate(.closed).answer(head("/api/v1/served"), body: []) == nil)
        #expect(gate(try guarded).answer(head("/api/v1/served"), body: [])?.status == 401)
        let shown = head("/api/v1/served", .GET, [("Authorization", "Bearer " + Self.token)])
        #expect(gate(try guarded).answer(shown, body: []) == nil)
    }

    @Test func `without a token the page says what to do, and others get JSON`() {
        let page = gate(.loopbackOnly).answer(head("/"), body: [])
        #expect(page?.status == 403 && text(page).contains("--admin-token-secret") && page?.contentType.hasPrefix("text/html") == true)
        let answer = gate(.loopbackOnly).answer(head("/api/v1/status"), body: [])
        #expect(answer?.contentType == "application/json" && text(answer).contains("--admin-token-file"))
    }

    @Test func `whoever shows the token in the form gets a session that reads`() throws {
        let gate = gate(try guarded)
        let form = gate.answer(head("/"), body: [])
        #expect(form?.status == 401 && text(form).contains(#"<form action="login" method="post">"#))
        let cookie = try signIn(gate)
        #expect(gate.answer(head("/", .GET, [("Cookie", "a=b; \(cookie); c=d")]), body: []) == nil)
        #expect(gate.answer(head("/api/v1/events", .GET, [("Cookie", cookie)]), body: []) == nil)
        #expect(gate.answer(head("/api/v1/events", .GET, [("Cookie", cookie + "x")]), body: [])?.status == 401)
        #expect(gate.answer(head("/api/v1/events", .GET, [("Cookie", "certctl_session=")]), body: [])?.status == 401)
    }

    @Test func `a session changes nothing`() throws {
        let gate = gate(try guarded)
        let cookie = try signIn(gate)
        let operation = head("/api/v1/renew", .POST, [("Cookie", cookie), (AdminAccess.header, "1")])
        #expect(gate.answer(operation, body: [])?.status == 403)
    }

    @Test func `the cookie is for this server alone, and secret where it can be`() throws {
        let gate = gate(try guarded)
        func cookie(_ headers: [(String, String)]) throws -> String {
            let answer = gate.answer(head("/login", .POST, headers), body: Array("token=0123456789abcdef-~%2B/=".utf8))
            return try #require(field(answer, "Set-Cookie"))
        }
        let plain = try cookie([])
        #expect(plain.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
        #expect(!plain.contains(Self.token))
        #expect(try cookie([("X-Forwarded-Proto", "https")]).hasSuffix("; Secure"))
        #expect(try cookie([("Forwarded", "for=192.0.2.1;proto=https")]).hasSuffix("; Secure"))
        #expect(try cookie([]) != plain)
    }

    @Test func `signing out ends the session, and so does another token`() throws {
        let gate = gate(try guarded)
        let first = try signIn(gate)
        let second = try signIn(gate)
        let out = gate.answer(head("/logout", .POST, [("Cookie", first)]), body: [])
        #expect(out?.status == 303 && field(out, "Set-Cookie")?.hasPrefix("certctl_session=; Path=/; Max-Age=0;") == true)
        #expect(gate.answer(head("/", .GET, [("Cookie", first)]), body: [])?.status == 401)
        #expect(gate.answer(head("/", .GET, [("Cookie", second)]), body: []) == nil)
        gate.credentials.adopt(try guarded)
        #expect(gate.answer(head("/", .GET, [("Cookie", second)]), body: []) == nil)
        gate.credentials.adopt(try #require(AdminAccess(bearerToken: Array("fedcba9876543210".utf8))))
        #expect(gate.answer(head("/", .GET, [("Cookie", second)]), body: [])?.status == 401)
        gate.credentials.adopt(.closed)
        #expect(gate.answer(head("/", .GET, [("Authorization", "Bearer fedcba9876543210")]), body: [])?.status == 403)
    }

    @Test func `a session ends after twelve hours, however much it is used`() throws {
        let time = ManualTime()
        let gate = gate(try guarded, time: time)
        let cookie = try signIn(gate)
        time.advance(by: .seconds(12 * 3600 - 1))
        #expect(gate.answer(head("/", .GET, [("Cookie", cookie)]), body: []) == nil)
        time.advance(by: .seconds(1))
        #expect(gate.answer(head("/", .GET, [("Cookie", cookie)]), body: [])?.status == 401)
    }

    @Test func `there are only so many sessions: the oldest gives way`() throws {
        let time = ManualTime()
        var sessions = AdminSessions()
        let first = try sessions.begin(now: time.now())
        time.advance(by: .seconds(1))
        let second = try sessions.begin(now: time.now())
        for _ in 2..<AdminLimits.sessionsMax { _ = try sessions.begin(now: time.now().addingTimeInterval(1)) }
        #expect(sessions.count == AdminLimits.sessionsMax && sessions.has(first, now: time.now()))
        _ = try sessions.begin(now: time.now().addingTimeInterval(2))
        #expect(sessions.count == AdminLimits.sessionsMax && !sessions.has(first, now: time.now()) && sessions.has(second, now: time.now()))
    }

    @Test(arguments: ["", "token=", "token=wrong", "other=0123456789abcdef-~%2B/=", "token=%zz", "{\"token\":\"x\"}"])
    func `another token gets the form again`(body: String) throws {
        let answer = gate(try guarded).answer(head("/login", .POST), body: Array(body.utf8))
        #expect(answer?.status == 401 && field(answer, "Set-Cookie") == nil && text(answer).contains("That is not the token."))
    }

    @Test(arguments: [
        [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Origin", "null")], [("Origin", "http://localhost:9403")],
        [("Origin", "localhost:9402")],
    ])
    func `another site's form is refused`(headers: [(String, String)]) throws {
        for path in ["/login", "/logout"] {
            #expect(gate(try guarded).answer(head(path, .POST, headers), body: Array("token=\(Self.token)".utf8))?.status == 403)
        }
    }

    @Test(arguments: [[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://x")], [("Origin", "http://localhost:9402")]])
    func `our own form is taken`(headers: [(String, String)]) throws {
        _ = try signIn(gate(try guarded), headers)
    }

    @Test func `after five wrong tokens an address waits, and others do not`() throws {
        let time = ManualTime()
        let gate = gate(try guarded, time: time)
        let wrong = Array("token=0123456789abcdef".utf8)
        for _ in 0..<AdminLimits.formAttemptsMax { #expect(gate.answer(head("/login", .POST), body: wrong)?.status == 401) }
        let right = Array("token=0123456789abcdef-~%2B/=".utf8)
        let refused = gate.answer(head("/login", .POST), body: right)
        #expect(refused?.status == 429 && field(refused, "Retry-After") == "10" && field(refused, "Set-Cookie") == nil)
        let other = AdminGate(credentials: gate.credentials, isLoopback: false, remote: "192.0.2.2")
        #expect(other.answer(head("/login", .POST), body: right)?.status == 303)
        time.advance(by: .seconds(10))
        #expect(gate.answer(head("/login", .POST), body: right)?.status == 303)
    }

    @Test func `wrong bearer tokens are limited too, apart from the form`() throws {
        let time = ManualTime()
        let gate = gate(try guarded, time: time)
        let wrong = head("/api/v1/status", .GET, [("Authorization", "Bearer 0123456789abcdef")])
        for _ in 0..<AdminLimits.bearerAttemptsMax { #expect(gate.answer(wrong, body: [])?.status == 401) }
        let right = head("/api/v1/status", .GET, [("Authorization", "Bearer " + Self.token)])
        #expect(gate.answer(right, body: [])?.status == 429)
        #expect(
            gate.answer(head("/api/v1/renew", .POST, [(AdminAccess.header, "1"), ("Authorization", "Bearer x")]), body: [])?.status == 429)
        _ = try signIn(gate)
        time.advance(by: AdminLimits.bearerAttemptInterval)
        #expect(gate.answer(right, body: []) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("2001:db8::9", "2001:db8::/64"), ("::1", "::/64"),
    ])
    func `an IPv6 site counts as one address`(address: String, subject: String) {
        #expect(AttemptLimit.subject(address) == subject)
    }

    @Test func `only so many addresses are remembered, and the worst of them longest`() {
        var limit = AttemptLimit(burst: 2, interval: .seconds(10))
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        for _ in 0..<3 { limit.fail("worst", now: now) }
        for number in 0..<(2 * AdminLimits.attemptAddressesMax) { limit.fail("a\(number)", now: now) }
        #expect(limit.wait("worst", now: now) == 20)
        #expect(limit.count <= AdminLimits.attemptAddressesMax)
        #expect(limit.wait("worst", now: now.addingTimeInterval(20)) == nil)
    }
}
