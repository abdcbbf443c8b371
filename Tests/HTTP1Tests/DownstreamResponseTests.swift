import HTTP1
import Testing

private let date = HTTPDate(secondsSinceEpoch: 784_111_777)
private let dateLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT"

/// The plan and the lines that are written downstream for a response.
private func downstream(
    _ text: String, to method: Method = .get, upgradeWasAsked: Bool = false, version: ProtocolVersion = .http11, keepAlive: Bool = true,
    _ change: (inout FieldEdits) throws -> Void = { _ in }
) throws -> (plan: ResponsePlan, text: String) {
    var parser = ResponseHeadParser()
    parser.reset(for: method, upgradeWasAsked: upgradeWasAsked)
    var edits = FieldEdits()
    try change(&edits)
    let bytes = wire(text)
    let progress = try lend(bytes) { raw throws(MessageFault) in try parser.parse(raw) }
    try #require(progress == .complete)
    let plan = parser.head.plan(for: version, keepAlive: keepAlive)
    let room = parser.head.downstreamBytesMax(edits: edits)
    let written = lend(bytes) { raw in write(room) { parser.head.writeDownstream(raw, plan: plan, edits: edits, date: date, into: &$0) } }
    return (plan, String(decoding: written, as: UTF8.self))
}

private func lines(_ text: String) -> [String] { text.split(separator: "\r\n").map(String.init) }

@Suite("Responses sent downstream, RFC 9110 §7.6, RFC 9112 §6")
struct DownstreamResponseTests {
    @Test func `a plain response goes through with Date and Server added`() throws {
        let (plan, text) = try downstream("HTTP/1.1 200 OK\r\nA:  1 \r\nContent-Length: 03\r\nB: 2\r\nConnection: keep-alive\r\n\r\nabc")
        #expect(plan == ResponsePlan(body: .verbatim, framing: .length(3), keepAlive: true, version: .http11))
        #expect(text == "HTTP/1.1 200 OK\r\nA:  1 \r\nB: 2\r\n\(dateLine)\r\nServer: certctl\r\nContent-Length: 3\r\n\r\n")
    }

    @Test func `Date and Server of the backend are kept`() throws {
        let (_, text) = try downstream("HTTP/1.1 200 OK\r\nServer: nginx\r\ndate: x\r\nContent-Length: 0\r\n\r\n")
        #expect(lines(text) == ["HTTP/1.1 200 OK", "Server: nginx", "date: x", "Content-Length: 0"])
    }

    @Test func `the version is ours and the reason is the backend's`() throws {
        #expect(try downstream("HTTP/1.0 404 Gone Fishing\r\nContent-Length: 0\r\n\r\n").text.hasPrefix("HTTP/1.1 404 Gone Fishing\r\n"))
        #expect(try downstream("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n").text.hasPrefix("HTTP/1.1 404 \r\n"))
        #expect(try downstream("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n").text.hasPrefix("HTTP/1.1 404 \r\n"))
    }

    @Test func `fields that end at this hop and those that Connection names are left out`() throws {
        let (_, text) = try downstream(
            "HTTP/1.1 200 OK\r\nConnection: x-hop, set-cookie, server\r\nX-Hop: 1\r\nSet-Cookie: a\r\nKeep-Alive: 5\r\nServer: s\r\nProxy-Connection: x\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nTE: x\r\nTrailer: y\r\nDate: d\r\nX_Y: z\r\nContent-Length: 1\r\n\r\n"
        )
        #expect(lines(text) == ["HTTP/1.1 200 OK", "Set-Cookie: a", "Server: s", "Date: d", "X_Y: z", "Content-Length: 1"])
    }

    @Test func `a chunked body stays chunked for HTTP 1.1 and loses its framing for HTTP 1.0`() throws {
        let response = "HTTP/1.1 200 OK\r\nServer: s\r\nDate: d\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
        let (plan, text) = try downstream(response)
        #expect(plan == ResponsePlan(body: .verbatim, framing: .chunked, keepAlive: true, version: .http11))
        #expect(lines(text).suffix(2) == ["Trailer: X", "Transfer-Encoding: chunked"])
        let (plan10, text10) = try downstream(response, version: .http10)
        #expect(plan10 == ResponsePlan(body: .content, framing: .untilClose, keepAlive: false, version: .http10))
        #expect(lines(text10).suffix(2) == ["Date: d", "Connection: close"])
    }

    @Test func `a body that ends with its connection is chunked for HTTP 1.1`() throws {
        let response = "HTTP/1.0 200 OK\r\nServer: s\r\nDate: d\r\n\r\n"
        let (plan, text) = try downstream(response)
        #expect(plan == ResponsePlan(body: .contentAsChunks, framing: .chunked, keepAlive: true, version: .http11))
        #expect(lines(text).last == "Transfer-Encoding: chunked")
        let (plan10, text10) = try downstream(response, version: .http10)
        #expect(plan10 == ResponsePlan(body: .content, framing: .untilClose, keepAlive: false, version: .http10))
        #expect(lines(text10).last == "Connection: close")
    }

    @Test func `Connection says what becomes of the connection`() throws {
        let response = "HTTP/1.1 200 OK\r\nServer: s\r\nDate: d\r\nContent-Length: 1\r\n\r\n"
        #expect(lines(try downstream(response).text).last == "Content-Length: 1")
        #expect(lines(try downstream(response, keepAlive: false).text).last == "Connection: close")
        #expect(lines(try downstream(response, version: .http10).text).last == "Connection: keep-alive")
        #expect(lines(try downstream(response, version: .http10, keepAlive: false).text).last == "Connection: close")
    }

    @Test func `HEAD and 304 keep the length that they tell of, 204 has none`() throws {
        let head = try downstream("HTTP/1.1 200 OK\r\nServer: s\r\nDate: d\r\nContent-Length: 7\r\n\r\n", to: .head)
        #expect(head.plan.body == .none)
        #expect(lines(head.text).last == "Content-Length: 7")
        let chunked = try downstream("HTTP/1.1 200 OK\r\nServer: s\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n", to: .head)
        #expect(chunked.plan.body == .none)
        #expect(lines(chunked.text).last == "Date: d")
        let notModified = try downstream("HTTP/1.1 304 N\r\nServer: s\r\nDate: d\r\nContent-Length: 7\r\n\r\n")
        #expect(lines(notModified.text).last == "Content-Length: 7")
        let noContent = try downstream("HTTP/1.1 204 N\r\nServer: s\r\nDate: d\r\nContent-Length: 0\r\n\r\n")
        #expect(noContent.plan.body == .none)
        #expect(lines(noContent.text).last == "Date: d")
        #expect(try downstream("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").plan.body == .none)
    }

    @Test func `an interim response goes without our fields`() throws {
        let (_, text) = try downstream("HTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: close\r\n\r\n", keepAlive: false)
        #expect(text == "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
    }

    @Test func `101 and 426 name the protocols`() throws {
        let (plan, text) = try downstream(
            "HTTP/1.1 101 S\r\nServer: s\r\nDate: d\r\nupgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            upgradeWasAsked: true)
        #expect(plan == ResponsePlan(body: .none, framing: .none, keepAlive: false, version: .http11))
        #expect(
            lines(text) == [
                "HTTP/1.1 101 S", "Server: s", "Date: d", "Sec-WebSocket-Accept: x", "Connection: upgrade", "Upgrade: websocket",
            ])
        let required = "HTTP/1.1 426 U\r\nServer: s\r\nDate: d\r\nUpgrade: TLS/1.3\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n"
        #expect(lines(try downstream(required).text).suffix(2) == ["Connection: upgrade", "Upgrade: TLS/1.3"])
        #expect(lines(try downstream(required, keepAlive: false).text).suffix(2) == ["Connection: upgrade, close", "Upgrade: TLS/1.3"])
    }

    @Test func `fields are set in place of the backend's and removed`() throws {
        let (_, text) = try downstream(
            "HTTP/1.1 200 OK\r\nServer: s\r\nDate: d\r\nstrict-transport-security: x\r\nX-Powered-By: y\r\nContent-Length: 0\r\n\r\n"
        ) { edits in
            try edits.set("Strict-Transport-Security", to: "max-age=1")
            try edits.remove("x-powered-by")
        }
        #expect(lines(text) == ["HTTP/1.1 200 OK", "Server: s", "Date: d", "Content-Length: 0", "Strict-Transport-Security: max-age=1"])
    }

    @Test func `the largest head has room in the size that is asked for`() throws {
        let start = "HTTP/1.1 426\r\nUpgrade: "
        let text = start + String(repeating: "a", count: Limits.headBytesMax - start.utf8.count - 4) + "\r\n\r\n"
        let (_, written) = try downstream(text, keepAlive: false)
        #expect(written.utf8.count > Limits.headBytesMax)
    }
}

@Suite("Answers of our own, RFC 9110 §6.6.1, §10.2.4")
struct LocalAnswerTests {
    private func answer(
        _ answer: LocalAnswer, isHEAD: Bool = false, version: ProtocolVersion = .http11, keepAlive: Bool = true
    ) -> String {
        let bytes = write(answer.bytesMax) { answer.write(isHEAD: isHEAD, version: version, keepAlive: keepAlive, date: date, into: &$0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `an answer has Server, Date, type and length`() {
        #expect(
            answer(LocalAnswer(status: 404))
                == "HTTP/1.1 404 Not Found\r\nServer: certctl\r\n\(dateLine)\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n\r\n404 Not Found\n"
        )
    }

    @Test func `an answer to HEAD has the length but not the body`() throws {
        let text = answer(LocalAnswer(status: 200, body: wire("hello")), isHEAD: true)
        #expect(text.hasSuffix("Content-Length: 5\r\n\r\n"))
    }

    @Test func `204 and 304 have neither body nor length`() {
        for status in [204, 304] {
            let text = answer(LocalAnswer(status: status, body: wire("x")))
            #expect(!text.contains("Content-"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `Connection and further fields are written`() throws {
        var fields = FieldEdits()
        try fields.set("Location", to: "https://a/")
        let redirect = LocalAnswer(status: 308, body: [], fields: fields)
        #expect(answer(redirect).hasSuffix("Content-Length: 0\r\nLocation: https://a/\r\n\r\n"))
        #expect(answer(redirect, keepAlive: false).contains("\r\nConnection: close\r\n"))
        #expect(answer(redirect, version: .http10).contains("\r\nConnection: keep-alive\r\n"))
    }

    @Test(arguments: 200...599) func `every status makes a response that reads well`(status: Int) throws {
        let text = answer(LocalAnswer(status: status))
        let facts = try #require(goodResponse(text))
        #expect(facts.status == status)
        if case .length(let length) = facts.framing { #expect(facts.length + Int(length) == text.utf8.count) }
    }
}

@Suite("Fields that are written, RFC 9110 §5")
struct FieldEditsTests {
    @Test func `no CR, LF, NUL or other control byte can be written`() throws {
        for byte in UInt8.min...UInt8.max {
            let isAllowed = byte == 9 || (byte >= 0x20 && byte != 0x7F)
            #expect(((try? FieldValue(bytes: [97, byte, 98])) != nil) == isAllowed)
            var edits = FieldEdits()
            let value = String(Unicode.Scalar(byte))
            // Bytes above 0x7F are two bytes of text here, both allowed.
            #expect(((try? edits.set("X", to: "a" + value)) != nil) == (isAllowed || byte >= 0x80))
            #expect(edits.isEmpty != (isAllowed || byte >= 0x80))
            #expect(
                (RewrittenTarget(bytes: [UInt8(ascii: "/"), byte]) != nil) == (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")))
        }
    }

    @Test func `a refusal names the field and never the value`() {
        var edits = FieldEdits()
        #expect(throws: FieldEditError.valueMalformed(name: "X")) { try edits.set("X", to: "secret\r\n") }
        #expect(throws: FieldEditError.nameMalformed("a b")) { try edits.set("a b", to: "") }
        #expect(throws: FieldEditError.nameMalformed("")) { try edits.remove("") }
        #expect(throws: FieldEditError.nameReserved("content-LENGTH")) { try edits.set("content-LENGTH", to: "1") }
        #expect(FieldEditError.valueMalformed(name: "X").description == "value of field X has a control byte")
        #expect(edits.isEmpty)
    }

    @Test(arguments: [
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "X-Forwarded-For",
        "X-Real-IP", "X-Request-ID", "Proxy",
    ])
    func `what this module writes cannot be set or removed`(name: String) {
        var edits = FieldEdits()
        #expect(throws: FieldEditError.nameReserved(name)) { try edits.set(name, to: "x") }
        #expect(throws: FieldEditError.nameReserved(name)) { try edits.remove(name) }
    }

    @Test func `a rewritten target is an origin-form`() {
        #expect(RewrittenTarget(bytes: wire("/a?b")) != nil)
        #expect(RewrittenTarget(bytes: wire("")) == nil)
        #expect(RewrittenTarget(bytes: wire("a")) == nil)
        #expect(RewrittenTarget(bytes: wire("/" + String(repeating: "a", count: Limits.requestLineBytesMax - 1))) != nil)
        #expect(RewrittenTarget(bytes: wire("/" + String(repeating: "a", count: Limits.requestLineBytesMax))) == nil)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    ])
    func `dates are IMF-fixdate`(seconds: Int64, text: String) {
        #expect(HTTPDate(secondsSinceEpoch: seconds).text == text)
    }
}
