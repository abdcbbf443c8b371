import HTTP1
import Testing

@Suite("Request head, RFC 9112 §3 and §5")
struct RequestHeadParserTests {
    @Test func `a plain request is read whole`() throws {
        let text = "GET /a/b?c=d HTTP/1.1\r\nHost: Shop.Example:8080\r\nAccept: */*\r\nX-Empty:\r\nX-Padded: \t a b\t \r\n\r\n"
        let facts = try #require(goodRequest(text + "rest"))
        #expect(facts.method == .get)
        #expect(facts.target == "/a/b?c=d")
        #expect(facts.path == "/a/b?c=d")
        #expect(facts.form == .origin)
        #expect(facts.version == .http11)
        #expect(facts.authority == "Shop.Example:8080")
        #expect(facts.host == "Shop.Example")
        #expect(facts.framing == .none)
        #expect(facts.keepAlive)
        #expect(facts.fields == ["Host=Shop.Example:8080", "Accept=*/*", "X-Empty=", "X-Padded=a b"])
        #expect(facts.length == text.utf8.count)
    }

    @Test(arguments: [
        ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("PATCH", .patch),
        ("OPTIONS", .options), ("TRACE", .trace), ("get", .other), ("PURGE", .other), ("M-SEARCH", .other), ("!#$%&'*+.^_`|~1", .other),
    ])
    func `a method is a token and case-sensitive`(text: String, method: Method) throws {
        let facts = try #require(goodRequest("\(text) / HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(facts.method == method)
        #expect(facts.methodText == text)
        #expect(facts.method.isIdempotent == ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].contains(text))
    }

    @Test func `every split gives the verdict of the whole`() {
        for text in RequestCorpus.everything {
            let bytes = wire(text)
            let whole = readRequest(bytes)
            for cuts in everySplit(of: bytes.count) {
                let verdict = readRequest(bytes, cuts: cuts)
                #expect(verdict == whole, "\(text.debugDescription) cut at \(cuts.prefix(3))")
            }
        }
    }

    @Test func `good ones are good, unfinished ones need more`() {
        for text in RequestCorpus.good { #expect(goodRequest(text) != nil, "\(text.debugDescription)") }
        for text in RequestCorpus.unfinished { #expect(readRequest(wire(text)) == .needsMore, "\(text.debugDescription)") }
    }

    @Test func `one parser reads one message after the other`() throws {
        let stream = wire(
            "GET /1 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nHEAD /2 HTTP/1.0\r\n\r\n\r\nPOST /3 HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n"
        )
        var parser = RequestHeadParser()
        var start = 0
        var targets: [String] = []
        while start < stream.count {
            let rest = Array(stream[start...])
            try expectComplete(&parser, rest)
            targets.append(RequestFacts(parser.head, rest).target)
            start += parser.head.length
            parser.reset()
        }
        #expect(targets == ["/1", "/2", "/3"])
    }

    @Test func `nothing of a message is left for the next one`() throws {
        var parser = RequestHeadParser()
        let first = wire(
            "POST http://x/ HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nX-Request-ID: 1\r\nConnection: close, x, te\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        try expectComplete(&parser, first)
        parser.reset()
        let second = wire("GET / HTTP/1.0\r\n\r\n")
        try expectComplete(&parser, second)
        let facts = RequestFacts(parser.head, second)
        #expect(Verdict.read(facts) == readRequest(second))
        #expect(facts.authority == nil)
    }

    @Test func `a complete head stays complete`() throws {
        var parser = RequestHeadParser()
        let bytes = wire("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try expectComplete(&parser, bytes)
        try expectComplete(&parser, bytes)
        let count = parser.head.fields.count
        #expect(count == 1)
    }

    @Test func `fields are found by name`() throws {
        var parser = RequestHeadParser()
        let bytes = wire("GET / HTTP/1.1\r\nHOST: a\r\nX-Custom: 1\r\ncookie: b\r\nCookie: c\r\nX_Under: d\r\n\r\n")
        try expectComplete(&parser, bytes)
        func text(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }
        let (host, cookie, te) = (
            text(parser.head.fields.value(of: .host)), text(parser.head.fields.value(of: .cookie)), text(parser.head.fields.value(of: .te))
        )
        #expect(host == "a")
        #expect(cookie == "b")
        #expect(te == nil)
        let custom = lend(bytes) { parser.head.fields.value(named: Array("x-custom".utf8), in: $0) }
        let shorter = lend(bytes) { parser.head.fields.value(named: Array("x-custo".utf8), in: $0) }
        #expect(text(custom) == "1")
        #expect(shorter == nil)
        let (hasUnderscored, cookieRepeats, hostRepeats) = (
            parser.head.fields.contains(.underscored), parser.head.fields.repeats(.cookie), parser.head.fields.repeats(.host)
        )
        #expect(hasUnderscored)
        #expect(cookieRepeats)
        #expect(!hostRepeats)
        let first = parser.head.fields[0]
        #expect(first.name == .host)
        #expect(first.nameRange == 16..<20)
        #expect(first.valueRange == 22..<23)
    }

    /// Shows all bytes at once; they must be a complete head.
    private func expectComplete(_ parser: inout RequestHeadParser, _ bytes: [UInt8]) throws {
        let progress = try lend(bytes) { raw throws(MessageFault) in try parser.parse(raw) }
        try #require(progress == .complete)
    }

    @Test(arguments: FieldName.allCases.filter { $0 != .other && $0 != .underscored })
    func `every well-known name is recognised in any case, and no name like it`(name: FieldName) throws {
        let text = try #require(FieldNames.text[name])
        for spelling in [text, text.uppercased(), text.lowercased()] {
            #expect(FieldNames.recognise(spelling) == name)
        }
        for index in text.utf8.indices {
            var bytes = Array(text.utf8)
            bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] ^= 0x01
            #expect(FieldNames.recognise(String(decoding: bytes, as: UTF8.self)) != name)
        }
        #expect(FieldNames.recognise(text + "x") != name)
        #expect(FieldNames.recognise(String(text.dropLast())) != name)
    }
}

/// The texts of the well-known names, written here a second time so that a slip in one place is seen.
enum FieldNames {
    static let text: [FieldName: String] = [
        .host: "Host", .contentLength: "Content-Length", .transferEncoding: "Transfer-Encoding", .connection: "Connection",
        .keepAlive: "Keep-Alive", .proxyConnection: "Proxy-Connection", .proxyAuthenticate: "Proxy-Authenticate",
        .proxyAuthenticationInfo: "Proxy-Authentication-Info", .proxyAuthorization: "Proxy-Authorization", .proxy: "Proxy", .te: "TE",
        .trailer: "Trailer", .upgrade: "Upgrade", .http2Settings: "HTTP2-Settings", .expect: "Expect", .forwarded: "Forwarded",
        .xForwardedFor: "X-Forwarded-For", .xForwardedHost: "X-Forwarded-Host", .xForwardedPort: "X-Forwarded-Port",
        .xForwardedProto: "X-Forwarded-Proto", .xForwardedScheme: "X-Forwarded-Scheme", .xForwardedPrefix: "X-Forwarded-Prefix",
        .xForwardedServer: "X-Forwarded-Server", .xForwardedSSL: "X-Forwarded-Ssl", .xScheme: "X-Scheme", .xRealIP: "X-Real-IP",
        .xRequestID: "X-Request-ID",
        .traceparent: "traceparent", .tracestate: "tracestate", .xOriginalForwardedFor: "X-Original-Forwarded-For",
        .xOriginalForwardedHost: "X-Original-Forwarded-Host", .authorization: "Authorization", .cookie: "Cookie", .setCookie: "Set-Cookie",
        .origin: "Origin", .referer: "Referer", .userAgent: "User-Agent", .accept: "Accept", .contentType: "Content-Type",
        .contentEncoding: "Content-Encoding", .cacheControl: "Cache-Control", .date: "Date", .server: "Server", .location: "Location",
        .strictTransportSecurity: "Strict-Transport-Security", .wwwAuthenticate: "WWW-Authenticate",
    ]

    /// What a response parser, which gives no meaning to most of them, takes a name for.
    static func recognise(_ name: String) -> FieldName? {
        var parser = ResponseHeadParser()
        let bytes = wire("HTTP/1.1 304 N\r\n\(name): chunked\r\n\r\n")
        // A malformed value of a framing field is refused, but only after the field has been recognised.
        _ = try? lend(bytes) { raw throws(MessageFault) in try parser.parse(raw) }
        return parser.head.fields.count == 1 ? parser.head.fields[0].name : nil
    }
}
