import Testing

@testable import Proxy

/// What a backend with one fixed response sends.
private func fixed(_ response: String, thenEnds: Bool = false) throws -> Backend {
    try Backend { peer, _ in
        repeat {
            _ = try peer.readRequest()
            try peer.write(response)
        } while !thenEnds
    }
}

@Suite("Responses, RFC 9112 §6-§9, RFC 9110 §15") struct ResponseTests {
    private let get = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"
    private let get10 = "GET / HTTP/1.0\r\nHost: app.test\r\n\r\n"
    private let get10KeepAlive = "GET / HTTP/1.0\r\nHost: app.test\r\nConnection: keep-alive\r\n\r\n"

    @Test func `HEAD has the fields of GET and no body`() async throws {
        let backend = try fixed("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let lengths = try await Threads.run {
                let client = try world.connect()
                return try (0..<3).map { _ in
                    try client.exchange("HEAD / HTTP/1.1\r\nHost: app.test\r\n\r\n", isHEAD: true)["Content-Length"]
                }
            }
            #expect(lengths == ["1000", "1000", "1000"])
            #expect(backend.connections == 1)
        }
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"]) func `a status without a body ends with its head`(status: String) async throws
    {
        let backend = try fixed("HTTP/1.1 \(status)\r\nETag: \"1\"\r\n\r\n")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let get = get
            let statuses = try await Threads.run {
                let client = try world.connect()
                return try (0..<3).map { _ in try client.exchange(get).status }
            }
            #expect(statuses == Array(repeating: Int(status.prefix(3)) ?? 0, count: 3))
            #expect(backend.connections == 1)
        }
    }

    @Test func `interim responses go through to HTTP1․1 and not to HTTP1․0`() async throws {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        let backend = try fixed(interim + interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (get, get10) = (get, get10)
            let heads = try await Threads.run {
                let client = try world.connect()
                try client.write(get)
                return [try client.readHead(), try client.readHead(), try client.readHead()]
            }
            #expect(heads.map(\.status) == [103, 103, 200])
            #expect(heads[0]["Link"] == "</a.css>")
            let first = try await Threads.run {
                let client = try world.connect()
                try client.write(get10)
                return try client.readHead()
            }
            #expect(first.status == 200)
        }
    }

    @Test func `a chunked response keeps its chunks, and trailers for those who take them`() async throws {
        let backend = try fixed(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange(get)
            #expect(response.text == "hello" && response.trailers == [])
            let taking = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
            #expect(taking.text == "hello" && taking.trailers == ["X-Sum: 1"])
        }
    }

    @Test func `a chunked response goes to HTTP1․0 as content that ends with the connection`() async throws {
        let backend = try fixed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            for request in [get10, get10KeepAlive] {
                let response = try await world.exchange(request)
                #expect(response["Transfer-Encoding"] == nil && response["Content-Length"] == nil)
                #expect(response["Connection"] == "close")
                #expect(response.text == "hello world")
            }
        }
    }

    @Test func `HTTP1․0 may keep its connection when the length is known`() async throws {
        let backend = try Backend.named("x")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (get10, get10KeepAlive) = (get10, get10KeepAlive)
            let (kept, closed) = try await Threads.run {
                let client = try world.connect()
                let kept = try [client.exchange(get10KeepAlive)["Connection"], client.exchange(get10KeepAlive)["Connection"]]
                return (kept, try client.exchange(get10)["Connection"])
            }
            #expect(kept == ["keep-alive", "keep-alive"])
            #expect(closed == "close")
        }
    }

    @Test func `a response that ends with its connection becomes chunked, and the connection is kept`() async throws {
        let backend = try fixed("HTTP/1.1 200 OK\r\n\r\nhello", thenEnds: true)
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (get, get10) = (get, get10)
            let responses = try await Threads.run {
                let client = try world.connect()
                return [try client.exchange(get), try client.exchange(get)]
            }
            for response in responses {
                #expect(response["Transfer-Encoding"] == "chunked")
                #expect(response.text == "hello")
            }
            #expect(try await world.exchange(get10).text == "hello")
            #expect(backend.connections == 3)
        }
    }

    @Test func `a backend of HTTP1․0 is served by connections of their own`() async throws {
        let backend = try fixed("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", thenEnds: true)
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let get = get
            let bodies = try await Threads.run {
                let client = try world.connect()
                return try (0..<3).map { _ in try client.exchange(get).text }
            }
            #expect(bodies == ["ok", "ok", "ok"])
            #expect(backend.connections == 3)
        }
    }

    @Test func `close is honoured and said`() async throws {
        let backend = try Backend.named("x")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (response, end) = try await Threads.run {
                let client = try world.connect()
                let response = try client.exchange("GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n")
                return (response, try client.readEnding())
            }
            #expect(response["Connection"] == "close")
            #expect(end.ending == .proper && end.bytes.isEmpty)
        }
    }

    @Test func `hop-by-hop fields of the upstream end here`() async throws {
        let backend = try fixed(
            "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n"
        )
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange(get)
            #expect(response["X-End"] == "1")
            #expect(response["X-Hop"] == nil && response["Keep-Alive"] == nil && response["Connection"] == nil)
        }
    }

    @Test func `a large body arrives whole, by length and in chunks`() async throws {
        let body = String(repeating: "0123456789abcdef", count: 200_000)
        let chunks = stride(from: 0, to: body.utf8.count, by: 70_000).map { start in
            let piece = body.dropFirst(start).prefix(70_000)
            return "\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n"
        }
        let lengths = try fixed("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let chunked = try fixed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks.joined())0\r\n\r\n")
        for backend in [lengths, chunked] {
            try await withWorld(Make.site(ports: [backend.port])) { world in
                for request in [get, get10] {
                    let response = try await world.exchange(request)
                    #expect(response.text == body)
                }
            }
        }
    }

    @Test func `a response may be cut at every byte`() async throws {
        let response = Array(
            "HTTP/1.1 200 OK\r\nX-Kind: cut\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n".utf8)
        let backend = try Backend { peer, number in
            _ = try peer.readRequest()
            try peer.socket.write(Array(response[..<(number + 1)]))
            // Until the proxy has read that: it must not wait for us to close.
            if number + 1 < response.count {
                _ = try peer.socket.isSilent(for: .milliseconds(2))
                try peer.socket.write(Array(response[(number + 1)...]))
            }
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            for _ in response.indices {
                let answer = try await world.exchange(get)
                #expect(answer["X-Kind"] == "cut" && answer.text == "abcde")
            }
        }
    }

    @Test func `bytes behind a response make its connection useless`() async throws {
        let backend = try fixed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let get = get
            let bodies = try await Threads.run {
                let client = try world.connect()
                return try (0..<3).map { _ in try client.exchange(get).text }
            }
            #expect(bodies == ["ok", "ok", "ok"])
            #expect(backend.connections == 3)
        }
    }
}
