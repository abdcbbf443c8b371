import Testing

@testable import Proxy

@Suite("Exchanges, RFC 9112 §3-§9") struct ExchangeTests {
    @Test func `a request reaches the upstream and its response comes back`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange("GET /a?b=c HTTP/1.1\r\nHost: app.test\r\nX-Kind: small\r\n\r\n")
            #expect(response.status == 200)
            #expect(response.text.hasPrefix("GET /a?b=c HTTP/1.1\n"))
            #expect(response.text.contains("X-Kind: small\n"))
            #expect(response["Server"] == "certctl")
            #expect(response["Date"] != nil)
        }
    }

    @Test func `identity headers are ours, whatever the client says`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let lies = "X-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX_Real_IP: 6.6.6.6\r\n"
            let response = try await world.exchange(
                "GET / HTTP/1.1\r\nHost: app.test:81\r\n\(lies)Connection: X-Forwarded-For, x-secret\r\nX-Secret: 1\r\n\r\n")
            let lines = response.text.split(separator: "\n").map(String.init)
            #expect(lines.contains("X-Forwarded-For: 127.0.0.1"))
            #expect(lines.contains("X-Real-IP: 127.0.0.1"))
            #expect(lines.contains("X-Forwarded-Proto: http"))
            #expect(lines.contains("X-Forwarded-Port: 80"))
            #expect(lines.contains("X-Forwarded-Host: app.test:81"))
            #expect(lines.contains("X-Original-Forwarded-For: 6.6.6.6"))
            #expect(lines.contains("Host: app.test:81"))
            #expect(lines.contains { $0.hasPrefix("X-Request-ID: ") && $0.utf8.count == 14 + 32 })
            #expect(!response.text.contains("X_Real_IP") && !response.text.contains("X-Secret"))
        }
    }

    @Test func `a connection is kept on both sides`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let bodies = try await Threads.run {
                let client = try world.connect()
                return try (0..<20).map { try client.exchange("GET /\($0) HTTP/1.1\r\nHost: app.test\r\n\r\n").text }
            }
            for (index, body) in bodies.enumerated() { #expect(body.hasPrefix("GET /\(index) ")) }
            #expect(backend.connections == 1)
            let counters = await world.server.counters()
            #expect(counters.connectionsAccepted == 1)
            #expect(counters.responses2xx == 20)
            #expect(counters.upstreamConnections == 1)
            #expect(counters.exchangesActive == 0)
        }
    }

    @Test func `pipelined requests are answered in order, however they are cut`() async throws {
        let backend = try Backend.echo()
        let requests = (0..<12).map { index in
            index % 3 == 0
                ? "POST /\(index) HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nbody\(index % 10)"
                : index % 3 == 1
                    ? "GET /\(index) HTTP/1.1\r\nHost: app.test\r\n\r\n"
                    : "PUT /\(index) HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            for pieces in [1, 7, 64] {
                let answers = try await Threads.run {
                    let client = try world.connect()
                    let bytes = Array(requests.joined().utf8)
                    let size = (bytes.count + pieces - 1) / pieces
                    for start in stride(from: 0, to: bytes.count, by: size) {
                        try client.socket.write(Array(bytes[start..<min(start + size, bytes.count)]))
                    }
                    return try requests.map { _ in try client.readResponse().text }
                }
                for (index, answer) in answers.enumerated() {
                    #expect(answer.split(separator: " ").dropFirst().first == "/\(index)")
                    if index % 3 == 0 { #expect(answer.hasSuffix("body\(index % 10)")) }
                    if index % 3 == 2 { #expect(answer.hasSuffix("abc")) }
                }
            }
        }
    }
}
