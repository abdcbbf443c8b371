/// Requests for the tests that hold for every message, good, bad or unfinished.
enum RequestCorpus {
    static let good = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /x HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
        "GET http://a.example?q HTTP/1.1\r\nHost: b\r\n\r\n",
        "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhelloGET",
        "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nTrailer: x\r\n\r\n0\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
        "PUT /p HTTP/1.1\r\nHost: [::1]:8443\r\nExpect: 100-continue\r\nContent-Length: 1\r\nX-Request-ID: abc\r\n\r\n",
        "GET /\u{7B}a\u{7D}|b HTTP/1.1\r\nHost: a\r\nX-Tab: a\tb\tc\td\te\tf\tg\r\nX-Text: h\u{E9}llo\r\nX_Y: z\r\n\r\n",
    ]
    static let unfinished = ["", "G", "GET / HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r", "\r", "\r\n"]
    static let everything = good + unfinished + SmugglingCorpus.refusedRequests.map(\.text)
}
