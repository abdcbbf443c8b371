import HTTP1
import Testing

@Suite("Response head, RFC 9112 §4 and §6.3")
struct ResponseHeadParserTests {
    @Test func `a plain response is read whole`() throws {
        let text = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 3\r\n\r\n"
        let facts = try #require(goodResponse(text + "abc"))
        #expect(facts.status == 200)
        #expect(facts.statusText == "200 OK")
        #expect(facts.framing == .length(3))
        #expect(facts.contentLength == 3)
        #expect(facts.keepAlive)
        #expect(facts.fields == ["Server=x", "Content-Length=3"])
        #expect(facts.length == text.utf8.count)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200, "200 OK"), ("HTTP/1.1 404 ", 404, "404 "), ("HTTP/1.1 404", 404, "404"),
        ("HTTP/1.0 999 X Y", 999, "999 X Y"),
        ("HTTP/1.1 200 \t\u{E9}", 200, "200 \t\u{E9}"), ("HTTP/1.1 200  OK", 200, "200  OK"),
    ])
    func `a status line needs three digits and no reason`(line: String, status: Int, text: String) throws {
        let facts = try #require(goodResponse(line + "\r\n\r\n"))
        #expect(facts.status == status)
        #expect(facts.statusText == text)
    }

    @Test(arguments: [
        ("HTTP/1.1 20 OK", MessageFault.statusLineMalformed), ("HTTP/1.1 2000 OK", .statusLineMalformed),
        ("HTTP/1.1 099 X", .statusLineMalformed),
        ("HTTP/1.1 +20 X", .statusLineMalformed), ("HTTP/1.1 2x0 X", .statusLineMalformed), ("HTTP/1.1  200 OK", .statusLineMalformed),
        ("HTTP/1.1\t200 OK", .statusLineMalformed), ("HTTP/1.1", .statusLineMalformed), ("", .statusLineMalformed),
        ("HTTP/1.1 200OK", .statusLineMalformed), ("HTTP/1.1 200\tOK", .statusLineMalformed), ("HTTP/2.0 200 OK", .versionUnsupported),
        ("HTTP/1.2 200 OK", .versionUnsupported), ("http/1.1 200 OK", .versionMalformed), ("ICY 200 OK", .statusLineMalformed),
        ("HTTP/1.1 200 O\u{0}K", .controlByte), ("HTTP/1.1 200 O\u{1B}K", .controlByte), ("HTTP/1.1 200 O\rK", .bareCR),
        ("HTTP/1.1 200 O\nK", .bareLF), (" HTTP/1.1 200 OK", .statusLineMalformed),
    ])
    func `any other status line is refused`(line: String, fault: MessageFault) {
        #expect(responseFault(line + "\r\n\r\n") == fault)
    }

    @Test func `every split gives the verdict of the whole`() {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\tb\r\n\r\nhello", "HTTP/1.0 200\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
            "HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\nX: y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: \u{0}\r\n\r\n", "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        ] {
            let bytes = wire(text)
            let whole = readResponse(bytes)
            for cuts in everySplit(of: bytes.count) {
                let verdict = readResponse(bytes, cuts: cuts)
                #expect(verdict == whole, "\(text.debugDescription) cut at \(cuts.prefix(3))")
            }
        }
    }

    @Test(arguments: [
        ("", Framing.untilClose, false), ("Content-Length: 0\r\n", .length(0), true), ("Content-Length: 7\r\n", .length(7), true),
        ("Transfer-Encoding: Chunked\r\n", .chunked, true), ("Content-Length: 7\r\nConnection: close\r\n", .length(7), false),
        ("Content-Length: 7\r\nContent-Length: 7\r\n", .length(7), true), ("Connection: keep-alive\r\n", .untilClose, false),
    ])
    func `the body ends as its fields say, else with the connection`(fields: String, framing: Framing, keepAlive: Bool) throws {
        let facts = try #require(goodResponse("HTTP/1.1 200 OK\r\n\(fields)\r\n"))
        #expect(facts.framing == framing)
        #expect(facts.keepAlive == keepAlive)
    }

    @Test func `an HTTP 1.0 connection is kept only when that is said`() throws {
        #expect(!(try #require(goodResponse("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n")).keepAlive))
        #expect(try #require(goodResponse("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n")).keepAlive)
    }

    @Test func `HEAD, 204 and 304 have no body whatever their fields say`() throws {
        let head = try #require(goodResponse("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", to: .head))
        #expect(head.framing == .none)
        #expect(head.contentLength == 7)
        #expect(head.keepAlive)
        #expect(try #require(goodResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to: .head)).framing == .none)
        #expect(try #require(goodResponse("HTTP/1.1 200 OK\r\n\r\n", to: .head)).keepAlive)
        let notModified = try #require(goodResponse("HTTP/1.1 304 N\r\nContent-Length: 7\r\n\r\n"))
        #expect(notModified.framing == .none)
        #expect(notModified.contentLength == 7)
        let noContent = try #require(goodResponse("HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n"))
        #expect(noContent.framing == .none)
        #expect(noContent.contentLength == nil)
        #expect(noContent.keepAlive)
    }

    @Test(arguments: ["204 N", "100 C", "103 E"])
    func `a body announced where there can be none makes the connection unfit for reuse`(status: String) throws {
        for field in ["Content-Length: 7", "Transfer-Encoding: chunked"] {
            let facts = try #require(goodResponse("HTTP/1.1 \(status)\r\n\(field)\r\n\r\n"))
            #expect(facts.framing == .none)
            #expect(!facts.keepAlive)
        }
    }

    @Test func `interim responses are followed by another head`() throws {
        let stream = wire("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        var parser = ResponseHeadParser()
        parser.reset(for: .get, upgradeWasAsked: false)
        let first = try lend(stream) { raw throws(MessageFault) in try parser.parse(raw) }
        let (isInterim, status, length) = (parser.head.isInterim, parser.head.status, parser.head.length)
        #expect(first == .complete)
        #expect(isInterim)
        #expect(status == 103)
        parser.resetAfterInterim()
        let rest = Array(stream[length...])
        let second = try lend(rest) { raw throws(MessageFault) in try parser.parse(raw) }
        let (isFinal, finalStatus, fields) = (!parser.head.isInterim, parser.head.status, parser.head.fields.count)
        #expect(second == .complete)
        #expect(isFinal)
        #expect(finalStatus == 200)
        #expect(fields == 1)
    }

    /// The fault at the first of `count` interim responses that is refused, and its number; nil when all are taken.
    private func refusal(ofInterims count: Int, _ parser: inout ResponseHeadParser) -> (number: Int, fault: MessageFault)? {
        let interim = wire("HTTP/1.1 103 E\r\n\r\n")
        for number in 1...count {
            do throws(MessageFault) {
                _ = try lend(interim) { raw throws(MessageFault) in try parser.parse(raw) }
            } catch { return (number, error) }
            parser.resetAfterInterim()
        }
        return nil
    }

    @Test func `one interim response too many is refused, and the next request starts to count anew`() throws {
        var parser = ResponseHeadParser()
        for _ in 0..<2 {
            parser.reset(for: .get, upgradeWasAsked: false)
            #expect(refusal(ofInterims: Limits.interimResponsesMax, &parser) == nil)
            let final = try lend(wire("HTTP/1.1 204 N\r\n\r\n")) { raw throws(MessageFault) in try parser.parse(raw) }
            #expect(final == .complete)
        }
        parser.reset(for: .get, upgradeWasAsked: false)
        let refused = try #require(refusal(ofInterims: Limits.interimResponsesMax + 1, &parser))
        #expect(refused.number == Limits.interimResponsesMax + 1)
        #expect(refused.fault == .interimResponsesTooMany)
    }

    @Test(arguments: ["Connection: close", "Content-Length: 1", "Transfer-Encoding: chunked"])
    func `what an interim response says about the connection holds for the exchange, and no longer`(field: String) throws {
        let interim = wire("HTTP/1.1 103 E\r\n\(field)\r\n\r\n")
        let final = wire("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        var parser = ResponseHeadParser()
        func parse(_ bytes: [UInt8]) throws -> Bool {
            let progress = try lend(bytes) { raw throws(MessageFault) in try parser.parse(raw) }
            #expect(progress == .complete)
            return parser.head.keepAlive
        }
        parser.reset(for: .get, upgradeWasAsked: false)
        #expect(try !parse(interim))
        parser.resetAfterInterim()
        #expect(try !parse(final))
        parser.reset(for: .get, upgradeWasAsked: false)
        #expect(try parse(final))
    }

    @Test func `101 is good only in answer to a request for an upgrade`() {
        let good = "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        #expect(goodResponse(good, upgradeWasAsked: true) != nil)
        #expect(responseFault(good) == .switchUnasked)
        for bad in [
            "HTTP/1.1 101 S\r\n\r\n", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n",
            "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n",
        ] {
            #expect(readResponse(wire(bad), upgradeWasAsked: true) == .refused(.switchUnasked))
        }
    }

    @Test(arguments: [
        ("Content-Length: 1\r\nTransfer-Encoding: chunked", MessageFault.transferEncodingWithLength),
        ("Content-Length: 1\r\nContent-Length: 2", .contentLengthRepeated), ("Content-Length: 1, 1", .contentLengthRepeated),
        ("Transfer-Encoding: gzip, chunked", .transferCodingUnsupported), ("Transfer-Encoding: identity", .transferCodingUnsupported),
        ("Content-Length: -1", .contentLengthMalformed), ("X: a\r\n b", .foldedLine),
    ])
    func `responses of ambiguous framing are refused for every method and status`(fields: String, fault: MessageFault) {
        for status in [200, 204, 304, 404, 103] {
            for method in [Method.get, .head] {
                #expect(responseFault("HTTP/1.1 \(status) X\r\n\(fields)\r\n\r\n", to: method) == fault)
            }
        }
        #expect(responseFault("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == .transferEncodingInHTTP10)
    }
}
