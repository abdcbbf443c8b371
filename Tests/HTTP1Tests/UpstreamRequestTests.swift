import HTTP1
import Testing

/// What is written upstream for a request.
func upstream(
    _ bytes: [UInt8], scheme: ForwardedIdentity.Scheme = .https, _ change: (inout UpstreamRequestOptions) throws -> Void = { _ in }
) throws -> [UInt8] {
    var parser = RequestHeadParser()
    var options = UpstreamRequestOptions()
    try change(&options)
    let identity = ForwardedIdentity(remoteAddress: try FieldValue("192.0.2.7"), scheme: scheme, port: scheme == .https ? 443 : 80)
    let progress = try lend(bytes) { raw throws(MessageFault) in try parser.parse(raw) }
    try #require(progress == .complete)
    let room = parser.head.upstreamBytesMax(identity: identity, options: options)
    return lend(bytes) { raw in
        write(room) {
            parser.head.writeUpstream(
                raw, identity: identity, options: options,
                requestID: RequestIDSeed(high: 0x0123_4567_DEAD_BEEF, low: 0x89AB_CDEF_0F90_A9FA), into: &$0)
        }
    }
}

/// What is written upstream for a request, as text.
func upstream(
    _ text: String, scheme: ForwardedIdentity.Scheme = .https, _ change: (inout UpstreamRequestOptions) throws -> Void = { _ in }
) throws -> String {
    String(decoding: try upstream(wire(text), scheme: scheme, change), as: UTF8.self)
}

/// The lines of a written head without the identity that every request gets.
func upstreamLines(_ text: String, _ change: (inout UpstreamRequestOptions) throws -> Void = { _ in }) throws -> [String] {
    let own = ["X-Request-ID: ", "X-Real-IP: ", "X-Forwarded-", "X-Scheme: "]
    return try upstream(text, change).split(separator: "\r\n").map(String.init).filter { line in !own.contains { line.hasPrefix($0) } }
}

@Suite("Requests sent upstream, RFC 9110 §7.6")
struct UpstreamRequestTests {
    @Test func `a plain request goes through with the identity of its sender behind it`() throws {
        let written = try upstream(
            "GET /a?b HTTP/1.1\r\nHost: shop.example:8443\r\nAccept:  */* \r\nUser-Agent: x\r\nConnection: keep-alive\r\n\r\nrest")
        #expect(
            written == """
                GET /a?b HTTP/1.1\r
                Host: shop.example:8443\r
                Accept:  */* \r
                User-Agent: x\r
                X-Request-ID: 01234567deadbeef89abcdef0f90a9fa\r
                X-Real-IP: 192.0.2.7\r
                X-Forwarded-For: 192.0.2.7\r
                X-Forwarded-Port: 443\r
                X-Forwarded-Proto: https\r
                X-Forwarded-Scheme: https\r
                X-Scheme: https\r
                X-Forwarded-Host: shop.example:8443\r
                \r

                """)
    }

    @Test func `over plain text the scheme is http`() throws {
        let written = try upstream("GET / HTTP/1.1\r\nHost: a\r\n\r\n", scheme: .http)
        #expect(written.contains("X-Forwarded-Port: 80\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Scheme: http\r\nX-Scheme: http\r\n"))
    }

    @Test(arguments: [
        ("GET /../%2e%2F//a?b=%00 HTTP/1.1", "GET /../%2e%2F//a?b=%00 HTTP/1.1"), ("GET http://b/a?c HTTP/1.1", "GET /a?c HTTP/1.1"),
        ("GET http://b HTTP/1.1", "GET / HTTP/1.1"), ("GET http://b?c HTTP/1.1", "GET /?c HTTP/1.1"),
        ("OPTIONS http://b HTTP/1.1", "OPTIONS * HTTP/1.1"), ("OPTIONS http://b/ HTTP/1.1", "OPTIONS / HTTP/1.1"),
        ("OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1"), ("GET /a HTTP/1.0", "GET /a HTTP/1.1"), ("m!x /a HTTP/1.1", "m!x /a HTTP/1.1"),
    ])
    func `the target goes as it came, an absolute one as its path`(came: String, goes: String) throws {
        let lines = try upstreamLines("\(came)\r\nHost: a\r\n\r\n")
        #expect(lines.first == goes)
    }

    @Test func `the authority of an absolute target becomes the only Host`() throws {
        let written = try upstream("GET http://b:81/a HTTP/1.1\r\nAccept: x\r\nHost: a\r\n\r\n")
        #expect(written.hasPrefix("GET /a HTTP/1.1\r\nHost: b:81\r\nAccept: x\r\n"))
        #expect(written.contains("X-Forwarded-Host: b:81\r\n"))
        #expect(!written.contains("Host: a\r\n"))
    }

    @Test func `a route may replace host, target and fields`() throws {
        let lines = try upstreamLines("GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\nX-Old: 1\r\nx-SET: 2\r\n\r\n") { options in
            options.authority = try FieldValue("inner:8080")
            options.target = RewrittenTarget(bytes: Array("/new?q".utf8))
            try options.edits.remove("X-OLD")
            try options.edits.set("X-Set", to: "3")
        }
        #expect(lines == ["GET /new?q HTTP/1.1", "Host: inner:8080", "Accept: x", "X-Set: 3"])
    }

    @Test func `HTTP 1.0 without Host gets the one of the route, and no forwarded host`() throws {
        let written = try upstream("GET / HTTP/1.0\r\nAccept: x\r\n\r\n") { $0.authorityIfMissing = try FieldValue("inner") }
        #expect(written.hasPrefix("GET / HTTP/1.1\r\nHost: inner\r\nAccept: x\r\n"))
        #expect(!written.contains("X-Forwarded-Host"))
        #expect(try upstream("GET / HTTP/1.0\r\n\r\n").hasPrefix("GET / HTTP/1.1\r\nHost: \r\n"))
    }

    @Test func `fields that end at this hop are left out, in any case and number`() throws {
        let lines = try upstreamLines(
            """
            GET / HTTP/1.1\r\nHost: a\r\nconnection: close\r\nKEEP-ALIVE: 5\r\nA: 1\r\nProxy-Connection: x\r\nProxy-Authorization: x\r
            Proxy-Authenticate: x\r\nProxy-Authentication-Info: x\r\nTE: gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nTrailer: y\r\nProxy: evil\r
            B: 2\r\nC: 3\r\nkeep-alive: 6\r\n\r\n
            """.replacing("\r\n\r\n\n", with: "\r\n\r\n"))
        #expect(lines == ["GET / HTTP/1.1", "Host: a", "A: 1", "B: 2", "C: 3"])
    }

    @Test func `fields that Connection names are left out`() throws {
        let lines = try upstreamLines(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Hop: 1\r\nX-Hop2: 2\r\nConnection: x-hop, close\r\nx-HOP: 3\r\nConnection: foo ,x-missing\r\nFoo: 4\r\n\r\n"
        )
        #expect(lines == ["GET / HTTP/1.1", "Host: a", "X-Hop2: 2"])
    }

    @Test func `Connection names away nothing that a backend decides by`() throws {
        let written = try upstream(
            """
            POST / HTTP/1.1\r\nHost: a\r\nConnection: host, content-length, authorization, cookie, x-real-ip, x-forwarded-for, x-forwarded-host\r
            Connection: x-forwarded-proto, x-request-id, transfer-encoding, x-scheme, origin, expect\r\nContent-Length: 1\r\nAuthorization: b\r
            Cookie: c\r\nOrigin: o\r\nX-Request-ID: id\r\nExpect: 100-continue\r\n\r\n
            """.replacing("\r\n\r\n\n", with: "\r\n\r\n"))
        for line in [
            "Host: a", "Content-Length: 1", "Authorization: b", "Cookie: c", "Origin: o", "X-Request-ID: id", "X-Real-IP: 192.0.2.7",
            "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Host: a", "X-Forwarded-Proto: https", "X-Scheme: https", "Expect: 100-continue",
        ] {
            #expect(written.contains("\r\n\(line)\r\n"), "\(line)")
        }
        #expect(!written.lowercased().contains("connection"))
    }

    @Test func `who asked is what we saw, what was said before is kept under another name`() throws {
        let written = try upstream(
            """
            GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\nx-forwarded-for: 10.0.0.2, 10.0.0.3\r\nX-Real-IP: 10.0.0.1\r
            X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Scheme: gopher\r\nX-Scheme: gopher\r
            X-Forwarded-Prefix: /evil\r\nX-Forwarded-Server: evil\r\nX-Forwarded-Ssl: on\r\nForwarded: for=10.0.0.1\r
            X-Original-Forwarded-For: 10.9.9.9\r\nX-Original-Forwarded-Host: evil2\r\nX_Forwarded_For: 10.0.0.1\r\nX-Request_ID: 1\r\n\r\n
            """.replacing("\r\n\r\n\n", with: "\r\n\r\n"))
        let lines = written.split(separator: "\r\n").map(String.init)
        #expect(
            lines == [
                "GET / HTTP/1.1", "Host: a", "X-Request-ID: 01234567deadbeef89abcdef0f90a9fa", "X-Real-IP: 192.0.2.7",
                "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Port: 443", "X-Forwarded-Proto: https", "X-Forwarded-Scheme: https",
                "X-Scheme: https", "X-Forwarded-Host: a", "X-Original-Forwarded-For: 10.0.0.1, 10.0.0.2, 10.0.0.3",
                "X-Original-Forwarded-Host: evil",
            ])
    }

    @Test func `a request ID is taken over when it is well-formed`() throws {
        #expect(try upstream("GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: abc-1\r\n\r\n").contains("\r\nX-Request-ID: abc-1\r\n"))
        let replaced = try upstream("GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: a b\r\n\r\n")
        #expect(replaced.contains("\r\nX-Request-ID: 01234567deadbeef89abcdef0f90a9fa\r\n"))
        #expect(!replaced.contains("a b"))
    }

    @Test func `framing is written anew`() throws {
        #expect(
            try upstreamLines("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 0012\r\nA: b\r\n\r\n").suffix(2) == [
                "A: b", "Content-Length: 12",
            ])
        #expect(
            try upstreamLines("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:  CHUNKED\r\nTrailer: b\r\n\r\n").suffix(2)
                == ["Trailer: b", "Transfer-Encoding: chunked"])
        #expect(try upstreamLines("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").last == "Content-Length: 0")
        #expect(
            try upstreamLines("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").suffix(2)
                == ["Content-Length: 1", "Expect: 100-continue"])
        #expect(
            try upstreamLines("PUT / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").last == "Content-Length: 1")
    }

    @Test func `an upgrade is passed on only when it is allowed`() throws {
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"
        #expect(
            try upstreamLines(request) == [
                "GET / HTTP/1.1", "Host: a", "Sec-WebSocket-Key: k", "Connection: upgrade", "Upgrade: websocket",
            ])
        #expect(try upstreamLines(request) { $0.forwardsUpgrade = false } == ["GET / HTTP/1.1", "Host: a", "Sec-WebSocket-Key: k"])
        let h2c = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"
        #expect(try upstreamLines(h2c) == ["GET / HTTP/1.1", "Host: a"])
    }

    @Test func `Connection names exactly what is written`() throws {
        let trailers = "GET / HTTP/1.1\r\nHost: a\r\nTE: deflate, trailers\r\n\r\n"
        #expect(try upstreamLines(trailers).suffix(2) == ["Connection: te", "TE: trailers"])
        #expect(try upstreamLines(trailers) { $0.keepAlive = false }.suffix(2) == ["Connection: te, close", "TE: trailers"])
        #expect(try upstreamLines("GET / HTTP/1.1\r\nHost: a\r\n\r\n") { $0.keepAlive = false }.last == "Connection: close")
        let all = "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        #expect(
            try upstreamLines(all) { $0.keepAlive = false }.suffix(3)
                == ["Connection: upgrade, te, close", "TE: trailers", "Upgrade: websocket"])
    }

    @Test func `what is written reads as one request of the same meaning`() throws {
        for text in RequestCorpus.good where !text.hasPrefix("CONNECT") {
            let came = try #require(goodRequest(text))
            let written = try upstream(text) { $0.authorityIfMissing = try FieldValue("x") }
            let goes = try #require(goodRequest(written))
            #expect(goes.length == written.utf8.count)
            #expect(goes.framing == came.framing)
            #expect(goes.methodText == came.methodText)
            #expect(goes.authority == came.authority ?? "x")
            #expect(goes.upgrade == came.upgrade)
            #expect(goes.expectsContinue == came.expectsContinue)
            #expect(goes.acceptsTrailers == came.acceptsTrailers)
        }
    }

    @Test func `the largest head has room in the size that is asked for`() throws {
        let start = "GET http://\(String(repeating: "h", count: 254))/ HTTP/1.1\r\nHost: a\r\n"
        func padded(_ fields: String) -> String {
            let fixed = start.utf8.count + fields.utf8.count + 2
            let name = "X: "
            return start + fields + name + String(repeating: "b", count: Limits.headBytesMax - fixed - name.count - 2) + "\r\n\r\n"
        }
        let forwarded = String(repeating: "X-Forwarded-For: 1\r\nX-Forwarded-Host: 2\r\n", count: 48)
        _ = try upstream(padded(forwarded))
        let longest = "X-Forwarded-For: " + String(repeating: "c", count: Limits.headBytesMax - 400) + "\r\n"
        _ = try upstream(start + longest + "\r\n")
        let commas = String(repeating: "X-Forwarded-For:\r\nX-Forwarded-Host:\r\n", count: 49)
        _ = try upstream("GET / HTTP/1.1\r\nHost: a\r\n" + commas + "\r\n")
    }
}
