import Synchronization
import Testing

@testable import Proxy

@Suite("Tunnels, RFC 9110 §7.8") struct TunnelTests {
    private let upgrade =
        "GET /chat HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"

    /// Switches, greets, and sends everything back; ends its side when the client has.
    private func echo() throws -> Backend {
        try Backend { peer, _ in
            let request = try peer.readHead()
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: \(request["Upgrade"] ?? "-")\r\n"
            try peer.write(answer + "X-Key: \(request["Sec-WebSocket-Key"] ?? "-")\r\n\r\nhello")
            while case let bytes = try peer.socket.read(), !bytes.isEmpty { try peer.socket.write(bytes) }
            try peer.write("bye")
        }
    }

    @Test func `a websocket goes both ways, each with its own end`() async throws {
        let backend = try echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let upgrade = upgrade
            let (head, echoed, end) = try await Threads.run {
                let client = try world.connect()
                // The first frame does not wait for the 101.
                try client.write(upgrade + "first")
                let head = try client.readHead()
                var echoed = String(decoding: try client.read(exactly: 10), as: UTF8.self)
                for index in 0..<50 {
                    try client.write("message \(index % 10)")
                    echoed += String(decoding: try client.read(exactly: 9), as: UTF8.self)
                }
                client.socket.endOutput()
                return (head, echoed, try client.readEnding())
            }
            #expect(head.status == 101)
            #expect(head["Connection"]?.lowercased() == "upgrade" && head["Upgrade"] == "websocket" && head["X-Key"] == "k")
            #expect(echoed.hasPrefix("hellofirstmessage 0message 1"))
            #expect(String(decoding: end.bytes, as: UTF8.self) == "bye")
            #expect(end.ending == .proper)
            #expect(await eventually { await world.server.counters().exchangesActive == 0 })
            let counters = await world.server.counters()
            #expect(counters.responses1xx == 1 && counters.exchangesCut == 0)
        }
    }

    @Test func `an upstream may refuse to switch, and the connection goes on`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let upgrade = upgrade
            let texts = try await Threads.run {
                let client = try world.connect()
                return [try client.exchange(upgrade).text, try client.exchange("GET /next HTTP/1.1\r\nHost: app.test\r\n\r\n").text]
            }
            #expect(texts[0].contains("Upgrade: websocket") && texts[1].hasPrefix("GET /next"))
        }
    }

    @Test func `h2c is not passed on`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange(
                "GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n")
            #expect(!response.text.contains("Upgrade") && !response.text.contains("HTTP2-Settings"))
        }
    }

    @Test func `a side that is cut takes the other with it`() async throws {
        let backend = try Backend { peer, number in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            if number == 0 { peer.socket.resetAtEnd() } else { _ = try peer.socket.readToEnd() }
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let upgrade = upgrade
            _ = try await Threads.run {
                let client = try world.connect()
                try client.write(upgrade)
                return try client.readEnding()
            }
            try await Threads.run {
                let client = try world.connect()
                try client.write(upgrade)
                _ = try client.readHead()
                client.socket.resetAtEnd()
            }
            #expect(
                await eventually {
                    let counters = await world.server.counters()
                    return counters.exchangesActive == 0 && counters.connectionsOpen == 0
                })
        }
    }

    @Test func `a tunnel in which nothing moves is closed, one with traffic is not`() async throws {
        let backend = try echo()
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.timeouts.upstreamRead = .milliseconds(300) }) { world in
            let upgrade = upgrade
            let bytes = try await Threads.run {
                let client = try world.connect()
                try client.write(upgrade)
                _ = try client.readHead()
                for _ in 0..<6 {
                    _ = try client.socket.isSilent(for: .milliseconds(120))
                    try client.write("x")
                }
                return try client.readEnding().bytes
            }
            #expect(String(decoding: bytes, as: UTF8.self) == "helloxxxxxx")
        }
    }

    @Test func `a slow side stops the other`() async throws {
        let sent = Atomic<Int>(0)
        let backend = try Backend { peer, _ in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            let piece = Array(repeating: UInt8(ascii: "x"), count: 20_000)
            while sent.load(ordering: .relaxed) < 60_000_000 {
                try peer.socket.write(piece)
                sent.wrappingAdd(piece.count, ordering: .relaxed)
            }
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let upgrade = upgrade
            let client = try await Threads.run {
                let client = try world.connect(receiveBufferBytes: 32768)
                try client.write(upgrade)
                _ = try client.readHead()
                return client
            }
            var before = -1
            while sent.load(ordering: .relaxed) != before || before == 0 {
                before = sent.load(ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(250))
            }
            #expect(before < 30_000_000)
            let rest = try await Threads.run { try client.readEnding() }
            #expect(rest.bytes.count == 60_000_000 && rest.ending == .proper)
        }
    }
}
