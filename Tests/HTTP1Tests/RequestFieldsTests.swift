import HTTP1
import Testing

@Suite("Fields of a request, RFC 9112 §6 and §9, RFC 9110 §7 and §10")
struct RequestFieldsTests {
    private func request(_ fields: String, version: String = "1.1") -> RequestFacts? {
        goodRequest("POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
    }

    @Test(arguments: [
        ("", Framing.none), ("Content-Length: 0\r\n", .length(0)), ("Content-Length: 5\r\n", .length(5)),
        ("content-length:007\r\n", .length(7)),
        ("Content-Length:\t5 \r\n", .length(5)), ("Content-Length: \(Limits.bodyBytesMax)\r\n", .length(Limits.bodyBytesMax)),
        ("Transfer-Encoding: chunked\r\n", .chunked), ("transfer-encoding:CHUNKED\t\r\n", .chunked), ("Content_Length: 5\r\n", .none),
        ("Transfer_Encoding: chunked\r\n", .none),
    ])
    func `length and coding say where the body ends`(fields: String, framing: Framing) throws {
        #expect(try #require(request(fields)).framing == framing)
    }

    @Test func `Content-Length is refused at one above its limit`() {
        #expect(requestFault("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(Limits.bodyBytesMax + 1)\r\n\r\n") == .contentLengthMalformed)
        let zeros = String(repeating: "0", count: Limits.contentLengthDigitsMax - 1)
        #expect(request("Content-Length: \(zeros)5\r\n")?.framing == .length(5))
        #expect(requestFault("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(zeros)05\r\n\r\n") == .contentLengthMalformed)
    }

    @Test(arguments: [
        ("", true, false), ("Connection: close\r\n", false, false), ("Connection: keep-alive\r\n", true, true),
        ("Connection: Keep-Alive\r\n", true, true), ("Connection: x, CLOSE ,\r\n", false, false),
        ("Connection: keep-alive, close\r\n", false, false), ("Connection: keep-alive\r\nConnection: close\r\n", false, false),
        ("Connection: closed\r\n", true, false), ("Connection:\r\n", true, false), ("Connection: ,,\r\n", true, false),
        ("Proxy-Connection: keep-alive\r\n", true, false), ("Keep-Alive: timeout=5\r\n", true, false),
    ])
    func `HTTP/1.1 keeps the connection unless told, HTTP/1.0 only when told`(fields: String, in11: Bool, in10: Bool) throws {
        #expect(try #require(request(fields)).keepAlive == in11)
        #expect(try #require(request(fields, version: "1.0")).keepAlive == in10)
    }

    @Test func `100-continue is expected with a body in HTTP 1.1 only`() throws {
        #expect(try #require(request("Expect: 100-continue\r\nContent-Length: 1\r\n")).expectsContinue)
        #expect(try #require(request("expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n")).expectsContinue)
        #expect(!(try #require(request("Expect: 100-continue\r\n")).expectsContinue))
        #expect(!(try #require(request("Expect: 100-continue\r\nContent-Length: 0\r\n")).expectsContinue))
        #expect(!(try #require(request("Expect: 100-continue\r\nContent-Length: 1\r\n", version: "1.0")).expectsContinue))
        #expect(requestFault("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n")?.status == 417)
    }

    @Test(arguments: [
        ("Connection: upgrade\r\nUpgrade: websocket\r\n", UpgradeRequest.websocket),
        ("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n", .websocket), ("Connection: upgrade\r\nUpgrade: SPDY/3.1\r\n", .other),
        ("Upgrade: websocket\r\n", .none), ("Connection: upgrade\r\n", .none), ("Connection: upgrade\r\nUpgrade: h2c\r\n", .none),
        ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: H2C\r\nHTTP2-Settings: x\r\n", .none),
        ("Connection: upgrade\r\nUpgrade: websocket, h2c\r\n", .none), ("Connection: upgrade\r\nUpgrade:\r\n", .none),
        ("Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n", .none),
        ("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n", .none),
        ("Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n", .none),
    ])
    func `one protocol may be asked for, never h2c, never with a body`(fields: String, upgrade: UpgradeRequest) throws {
        #expect(try #require(request(fields)).upgrade == upgrade)
    }

    @Test func `HTTP 1.0 cannot ask for an upgrade`() throws {
        #expect(try #require(request("Connection: upgrade\r\nUpgrade: websocket\r\n", version: "1.0")).upgrade == .none)
    }

    @Test(arguments: [
        ("TE: trailers\r\n", true), ("TE: deflate, Trailers\r\n", true), ("TE: deflate\r\nTE: trailers\r\n", true),
        ("TE: deflate\r\n", false),
        ("TE:\r\n", false), ("TE: trailers;q=0.5\r\n", false), ("", false),
    ])
    func `TE says whether trailers are taken`(fields: String, accepts: Bool) throws {
        #expect(try #require(request(fields)).acceptsTrailers == accepts)
    }

    @Test func `a well-formed request ID is taken over`() throws {
        let longest = String(repeating: "a", count: Limits.requestIDBytesMax)
        for good in ["1", "0af7651916cd43dd8448eb211c80319c", "A-b._~:+/=@9", longest] {
            #expect(try #require(request("X-Request-ID: \(good)\r\n")).requestID == good)
        }
        for bad in ["", "a b", "a,b", "a;b", "<a>", "a\"", "\u{E9}", longest + "a"] {
            #expect(try #require(request("X-Request-ID: \(bad)\r\n")).requestID == nil)
        }
        #expect(try #require(request("X-Request-ID: a\r\nx-request-id: a\r\n")).requestID == nil)
    }
}
