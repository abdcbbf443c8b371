import HTTP1
import Testing

/// The same bytes are read by this module and by llhttp 9.3, as swift-nio drives it, from the first byte to the end of the connection. Both
/// must read the same messages, with the same fields, bodies and trailers; where they do not, the difference is in ``ListedDifferences``.
@Suite("Same verdict as llhttp, or a listed difference")
struct DifferentialTests {
    private static let seeds = (1...8).map { UInt64($0) }
    private static let requestsPerSeed = 2000
    private static let responsesPerSeed = 1200

    @Test(arguments: seeds) func `generated and damaged requests`(seed: UInt64) {
        let llhttp = LLHTTPReading()
        var generator = MessageGenerator(seed: seed)
        var complete = 0
        for _ in 0..<Self.requestsPerSeed {
            let bytes = generator.requests()
            let own = OwnReading.requests(bytes)
            complete += own.messages.count
            check(FoundDifference(isRequest: true, bytes, own: own, foreign: llhttp.requests(bytes)), seed)
        }
        // The generator is worth its while only when most messages are good and many are not.
        #expect(complete > Self.requestsPerSeed * 3 / 4)
    }

    @Test(arguments: seeds) func `generated and damaged responses`(seed: UInt64) {
        let llhttp = LLHTTPReading()
        var generator = MessageGenerator(seed: seed)
        var refused = 0
        for _ in 0..<Self.responsesPerSeed {
            let bytes = generator.response()
            let method = generator.random.once(in: 4) ? Method.head : .get
            let own = OwnReading.response(bytes, to: method)
            if own.fault != nil { refused += 1 }
            check(FoundDifference(isRequest: false, bytes, own: own, foreign: llhttp.response(bytes, to: method)), seed)
        }
        #expect(refused > Self.responsesPerSeed / 10)
        #expect(refused < Self.responsesPerSeed * 2 / 3)
    }

    @Test func `every message of the corpus`() {
        let llhttp = LLHTTPReading()
        for text in RequestCorpus.good + SmugglingCorpus.refusedRequests.map(\.text) {
            let bytes = wire(text)
            check(FoundDifference(isRequest: true, bytes, own: OwnReading.requests(bytes), foreign: llhttp.requests(bytes)), 0)
        }
        for text in Self.responses {
            for method in [Method.get, .head] {
                let (bytes, own) = (wire(text), OwnReading.response(wire(text), to: method))
                check(FoundDifference(isRequest: false, bytes, own: own, foreign: llhttp.response(bytes, to: method)), 0)
            }
        }
    }

    /// Good and bad ones, with all that longer runs of the generator have brought up.
    private static let responses = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 200 OK\r\n\r\nab", "HTTP/1.0 200\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", "HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 103 E\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 500 \r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 N\r\nContent-Length: 0\r\nContent-Length: 00\r\n\r\n",
        "HTTP/1.0 100 C\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\t\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 O\u{1}K\r\n\r\n",
        "HTTP/1.1 103 E\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\n\r\n",
        "HTTP/1.1 101 S\r\n\r\n",
    ]

    private func check(_ found: FoundDifference?, _ seed: UInt64) {
        guard let found, ListedDifferences.explain(found) == nil else { return }
        Issue.record(
            """
            seed \(seed), \(found.kind): \(String(decoding: found.bytes, as: UTF8.self).debugDescription)
            own \(found.own.messages) \(found.own.fault.map(\.description) ?? "")
            llhttp \(found.foreign.messages)
            """)
    }
}
