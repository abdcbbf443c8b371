import Testing

@testable import HTTPClient

@Suite("Heads of answers, RFC 9112 §4 and §5") struct ResponseHeadTests {
    func read(_ lines: [String]) throws(HTTPClientError.Code) -> ResponseHead {
        var head = ResponseHead()
        for line in lines { _ = try head.take(Array((line + "\r\n").utf8).span) }
        return head
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200), ("HTTP/2 404 ", 404), ("HTTP/2 404", 404), ("HTTP/1.0 599 a b c", 599), ("HTTP/1.1 999", 999),
    ])
    func `status lines`(line: String, status: Int) throws {
        #expect(try read([line, ""]).status == status)
        #expect(try read([line, ""]).isComplete)
    }

    @Test(arguments: [
        "", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 +20", "HTTP/1.1 099", "HTTP/1.1  200", "ICY 200 OK",
    ])
    func `lines that are none`(line: String) {
        #expect(throws: HTTPClientError.Code.self) { try read([line]) }
    }

    @Test func `values are trimmed, folded lines joined, foreign bytes replaced`() throws {
        let head = try read(["HTTP/1.1 200 OK", "A:  x \t", "B:", "C: y", " \tz ", "D: :"])
        #expect(head.fields == ["A": "x", "B": "", "C": "y z", "D": ":"])
        var foreign = ResponseHead()
        _ = try foreign.take(Array("HTTP/1.1 200 OK\r\n".utf8).span)
        _ = try foreign.take((Array("X: ".utf8) + [0xFF, 0x0D, 0x0A]).span)
        #expect(foreign.fields.first("x") == "\u{FFFD}")
    }

    @Test(arguments: ["no colon", ": no name", " folded first"])
    func `fields that are none`(line: String) {
        #expect(throws: HTTPClientError.Code.self) { try read(["HTTP/1.1 200 OK", line]) }
    }

    @Test func `the same length twice is one length`() throws {
        #expect(try read(["HTTP/1.1 200 OK", "Content-Length: 4", "content-length: 4", ""]).contentLength == 4)
        #expect(try read(["HTTP/1.1 200 OK", "Content-Length: 99999999999999999999", ""]).contentLength == nil)
    }
}
