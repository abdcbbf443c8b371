import HTTP1
import Testing

@Suite("Bodies, RFC 9112 §6 and §7.1")
struct BodyDecoderTests {
    static let good = [
        "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\nGET", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "5;x=y\r\nhello\r\n0;last\r\n\r\n", "005\r\nhello\r\n000\r\n\r\n", "5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\nrest",
        "5;q=\"a;b\"\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "6\r\n0\r\n\r\nX\r\n0\r\n\r\n",
    ]

    static let refused: [(String, MessageFault)] = [
        ("\r\n", .chunkSizeMalformed), ("x\r\n", .chunkSizeMalformed), ("-1\r\n", .chunkSizeMalformed),
        ("+5\r\nhello\r\n", .chunkSizeMalformed),
        ("0x5\r\nhello\r\n", .chunkSizeMalformed), (" 5\r\nhello\r\n", .chunkSizeMalformed), ("5 \r\nhello\r\n", .chunkSizeMalformed),
        ("5 ;x\r\nhello\r\n", .chunkSizeMalformed), ("5\t\r\nhello\r\n", .chunkSizeMalformed), ("5,5\r\nhello\r\n", .chunkSizeMalformed),
        ("5_0\r\n", .chunkSizeMalformed), ("5h\r\nhello\r\n", .chunkSizeMalformed), (";x\r\n", .chunkSizeMalformed),
        ("\u{FF15}\r\nhello\r\n", .chunkSizeMalformed), ("5\nhello\r\n0\r\n\r\n", .bareLF), ("5;\nhello\r\n0\r\n\r\n", .bareLF),
        ("5;x\rhello\r\n", .bareCR), ("5\rhello", .bareCR), ("5;\u{0}\r\nhello", .controlByte), ("\n5\r\nhello", .bareLF),
        ("5\r\nhelloX\r\n0\r\n\r\n", .chunkUnterminated), ("5\r\nhello\n0\r\n\r\n", .chunkUnterminated),
        ("5\r\nhello\rX0\r\n\r\n", .chunkUnterminated),
        ("5\r\nhello0\r\n\r\n", .chunkUnterminated), ("5\r\nhello\r\n0\n\r\n", .bareLF), ("0\r\n\n", .bareLF), ("0\r\n\rX", .bareCR),
        ("0\r\nX : y\r\n\r\n", .spaceBeforeColon), ("0\r\n: y\r\n\r\n", .fieldNameEmpty), ("0\r\nX: y\r\n z\r\n\r\n", .foldedLine),
        ("0\r\nX: y\nZ: w\r\n\r\n", .bareLF), ("0\r\nGET / HTTP/1.1\r\n\r\n", .fieldNameMalformed), ("0\r\nX: \u{0}\r\n\r\n", .controlByte),
        ("8000000000000000\r\n", .chunkTooLarge), ("FFFFFFFFFFFFFFFF\r\n", .chunkTooLarge),
        ("10000000000000005\r\nhello\r\n", .chunkTooLarge),
        ("00000000000000005\r\nhello\r\n", .chunkTooLarge), ("fffffffffffffffffffffffffffffffff\r\n", .chunkTooLarge),
    ]

    @Test func `chunks are put together, extensions are skipped, trailers are kept apart`() {
        #expect(readBody("5\r\nhello\r\n0\r\n\r\nGET") == .complete(content: "hello", trailers: [], left: 3))
        #expect(readBody("5;x=y\r\nhello\r\n1\r\n!\r\n0;z\r\n\r\n") == .complete(content: "hello!", trailers: [], left: 0))
        #expect(
            readBody("1\r\na\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\nrest")
                == .complete(content: "a", trailers: ["X-Sum=1", "Content-Length=9"], left: 4))
    }

    @Test func `every split gives the same content`() {
        for text in Self.good {
            let whole = readBody(text)
            if case .complete = whole {} else { Issue.record("\(text.debugDescription): \(whole)") }
            for cuts in everySplit(of: text.utf8.count) { #expect(readBody(text, cuts: cuts) == whole, "\(text.debugDescription) \(cuts)") }
        }
    }

    @Test func `every split forwards bytes of the same meaning`() {
        for text in Self.good {
            let content = readBody(text)
            for cuts in everySplit(of: text.utf8.count) {
                guard case .complete(let forwarded, let trailers, let left) = forwardBody(text, cuts: cuts),
                    case .complete(let expected, _, let expectedLeft) = content
                else {
                    Issue.record("\(text.debugDescription) \(cuts)")
                    continue
                }
                #expect(left == expectedLeft)
                let allowed = trailers.filter { $0.hasPrefix("X-") }
                #expect(readBody(forwarded) == .complete(content: expected, trailers: allowed, left: 0), "\(text.debugDescription) \(cuts)")
            }
        }
    }

    @Test func `a malformed chunked body is refused, however it is split`() {
        for (text, fault) in Self.refused {
            for cuts in everySplit(of: text.utf8.count) {
                #expect(readBody(text, cuts: cuts).ending == .refused(fault, content: ""), "\(text.debugDescription) \(cuts)")
                #expect(forwardBody(text, cuts: cuts).ending == .refused(fault, content: ""), "\(text.debugDescription) \(cuts)")
            }
        }
    }

    @Test func `nothing behind a fault is ever forwarded`() {
        #expect(forwardBody("1\r\na\r\n5 \r\nhello\r\n") == .refused(.chunkSizeMalformed, content: ""))
        #expect(forwardBody("1\r\na\r\n5 \r\nhello\r\n", cuts: [6]) == .refused(.chunkSizeMalformed, content: "1\r\na\r\n"))
    }

    @Test func `plain chunks are forwarded byte for byte, others are framed anew`() {
        let plain = "5\r\nhello\r\nAB\r\n" + String(repeating: "x", count: 0xAB) + "\r\n0\r\n\r\n"
        #expect(forwardBody(plain + "rest") == .complete(content: plain, trailers: [], left: 4))
        #expect(forwardBody("05;a=b\r\nhello\r\n0;c\r\n\r\n") == .complete(content: "5\r\nhello\r\n0\r\n\r\n", trailers: [], left: 0))
        #expect(forwardBody("1\r\na\r\n00\r\n\r\n") == .complete(content: "1\r\na\r\n0\r\n\r\n", trailers: [], left: 0))
    }

    @Test func `trailers that would change the meaning of the message are left out`() {
        let forbidden = [
            "Content-Length: 1", "Transfer-Encoding: chunked", "Host: b", "Connection: close", "Authorization: x", "Cookie: a",
            "Set-Cookie: a",
            "Content-Type: a", "Content-Range: a", "Trailer: a", "TE: a", "X-Forwarded-For: 1", "x-forwarded-foo: 1", "X-Real-IP: 1",
            "X_Y: 1",
            "Cache-Control: a", "Age: 1", "Expires: 1", "Vary: a", "Range: a", "If-Match: a", "Proxy-X: a", "Location: a",
            "Max-Forwards: 1",
            "WWW-Authenticate: a", "Expect: a", "Date: a", "Sec-Fetch-Site: a",
        ]
        let section = forbidden.joined(separator: "\r\n")
        let expected = "0\r\ngrpc-status: 0\r\nX-Sum: a b\r\n\r\n"
        let text = "0\r\ngrpc-status:0\r\n\(section)\r\nX-Sum:  a b \r\n\r\n"
        guard case .complete(let content, let trailers, 0) = forwardBody(text) else {
            Issue.record("not complete")
            return
        }
        #expect(content == expected)
        #expect(trailers.count == forbidden.count + 2)
        guard case .complete(let bare, _, 0) = forwardBody(text, forwardingFields: false) else {
            Issue.record("not complete")
            return
        }
        #expect(bare == "0\r\n\r\n")
    }

    @Test func `a length is counted down and what follows is left`() {
        for cuts in everySplit(of: 8) {
            #expect(readBody("helloGET", .length(5), cuts: cuts) == .complete(content: "hello", trailers: [], left: 3))
            #expect(forwardBody("helloGET", .length(5), cuts: cuts) == .complete(content: "hello", trailers: [], left: 3))
        }
        #expect(readBody("hell", .length(5)) == .needsMore(content: "hell"))
        #expect(readBody("GET", .length(0)) == .complete(content: "", trailers: [], left: 3))
        #expect(readBody("GET", .none) == .complete(content: "", trailers: [], left: 3))
        #expect(forwardBody("", .none) == .complete(content: "", trailers: [], left: 0))
    }

    @Test func `the end of the connection completes a body only when it has no other end`() throws {
        var reader = BodyReader(.untilClose)
        #expect(reader.read(wire("a\r\nb"), cuts: [1, 2]) == .needsMore(content: "a\r\nb"))
        try reader.decoder.end()
        let isComplete = reader.decoder.isComplete
        #expect(isComplete)
        for (framing, text) in [
            (Framing.length(5), "hell"), (.chunked, ""), (.chunked, "5"), (.chunked, "5\r\nhell"), (.chunked, "5\r\nhello"),
            (.chunked, "5\r\nhello\r\n"), (.chunked, "0\r\n"), (.chunked, "0\r\nX: y\r\n"),
        ] {
            var cut = BodyReader(framing)
            _ = cut.read(wire(text))
            #expect(throws: MessageFault.truncated) { try cut.decoder.end() }
        }
        for (framing, text) in [(Framing.length(5), "hello"), (.chunked, "0\r\n\r\n"), (.none, "")] {
            var whole = BodyReader(framing)
            _ = whole.read(wire(text))
            try whole.decoder.end()
        }
    }

    @Test func `content is counted without its framing`() {
        var reader = BodyReader(.chunked)
        _ = reader.forward(wire("5;x\r\nhello\r\n2\r\n!!\r\n0\r\nA: b\r\n\r\n"), cuts: [7])
        let count = reader.decoder.contentBytes
        #expect(count == 7)
        reader.decoder.reset(.length(3))
        let afterReset = reader.decoder.contentBytes
        #expect(afterReset == 0)
    }

    @Test func `a chunk of the limit is begun, one byte more is refused`() {
        let limit = String(Limits.bodyBytesMax, radix: 16)
        #expect(readBody("\(limit)\r\nabc") == .needsMore(content: "abc"))
        #expect(readBody("\(String(Limits.bodyBytesMax + 1, radix: 16))\r\nabc").ending == .refused(.chunkTooLarge, content: ""))
        #expect(readBody("1\r\na\r\n\(limit)\r\nabc").ending == .refused(.chunkTooLarge, content: ""))
        #expect(readBody("1\r\na\r\n\(String(Limits.bodyBytesMax - 1, radix: 16))\r\nabc") == .needsMore(content: "aabc"))
    }

    @Test func `a size line of the limit is read, of one byte more is refused, also unfinished`() {
        func body(_ count: Int) -> String { "1;" + String(repeating: "x", count: count - 2) + "\r\na\r\n0\r\n\r\n" }
        let good = BodyVerdict.complete(content: "a", trailers: [], left: 0)
        #expect(readBody(body(Limits.chunkLineBytesMax)) == good)
        #expect(readBody(body(Limits.chunkLineBytesMax + 1)).ending == .refused(.chunkLineTooLong, content: ""))
        let endless = "1;" + String(repeating: "x", count: Limits.chunkLineBytesMax)
        #expect(readBody(endless, cuts: [5]).ending == .refused(.chunkLineTooLong, content: ""))
        let digits = String(repeating: "0", count: Limits.chunkSizeDigitsMax - 1)
        #expect(readBody("\(digits)1\r\na\r\n0\r\n\r\n") == good)
        #expect(readBody("\(digits)01\r\na\r\n0\r\n\r\n").ending == .refused(.chunkTooLarge, content: ""))
    }

    @Test func `extensions of the limit in all are skipped, one byte more is refused`() {
        let line = "1;" + String(repeating: "x", count: 127) + "\r\na\r\n"
        let count = Limits.chunkExtensionBytesMax / 128
        let full = String(repeating: line, count: count)
        #expect(readBody(full + "0\r\n\r\n").ending == .complete(content: String(repeating: "a", count: count), trailers: [], left: 0))
        #expect(readBody(full + "0;\r\n\r\n").ending == .refused(.chunkExtensionsTooLarge, content: ""))
    }

    @Test func `a trailer section of the limit is read, of one byte more is refused`() {
        func body(_ count: Int) -> String { "0\r\nX: " + String(repeating: "a", count: count - 7) + "\r\n\r\n" }
        func isComplete(_ verdict: BodyVerdict) -> Bool { if case .complete = verdict { true } else { false } }
        #expect(isComplete(readBody(body(Limits.trailerBytesMax))))
        #expect(isComplete(forwardBody(body(Limits.trailerBytesMax), cuts: Array(1..<Limits.trailerBytesMax))))
        #expect(readBody(body(Limits.trailerBytesMax + 1)).ending == .refused(.trailersTooLarge, content: ""))
        #expect(
            readBody("0\r\n" + String(repeating: "X: y\r\n", count: Limits.fieldCountMax + 1) + "\r\n").ending
                == .refused(.fieldsTooMany, content: ""))
    }

    @Test func `never more is kept than a size line, or a last chunk with its trailers`() {
        var reader = BodyReader(.chunked)
        let text = String(repeating: "1;" + String(repeating: "x", count: 200) + "\r\na\r\n", count: 10) + "0\r\n\r\n"
        _ = reader.forward(wire(text), cuts: Array(1..<text.utf8.count))
        let kept = reader.mostKept
        #expect(kept <= Limits.chunkLineBytesMax + 2)
    }

    @Test func `a decoder is used for one body after the other`() {
        var reader = BodyReader(.chunked)
        #expect(reader.read(wire("1;x\r\na\r\n0\r\nX: y\r\n\r\n")) == .complete(content: "a", trailers: ["X=y"], left: 0))
        reader.decoder.reset(.chunked)
        let count = reader.decoder.trailers.count
        #expect(count == 0)
        #expect(reader.read(wire("1\r\nb\r\n0\r\n\r\n")) == .complete(content: "ab", trailers: ["X=y"], left: 0))
    }
}
