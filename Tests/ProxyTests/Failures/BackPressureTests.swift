import Synchronization
import Testing

@testable import Proxy

@Suite("Back-pressure") struct BackPressureTests {
    /// Sends a body without an end as fast as it is taken, and counts.
    private final class Source: Sendable {
        let sent = Atomic<Int>(0)

        func backend(piece: String) throws -> Backend {
            try Backend { [self] peer, _ in
                _ = try peer.readRequest()
                peer.socket.setBuffer(7 /* SO_SNDBUF */, 65536)
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
                let bytes = Array(piece.utf8)
                while true {
                    try peer.socket.write(bytes)
                    sent.wrappingAdd(bytes.count, ordering: .relaxed)
                }
            }
        }

        /// What was sent once nothing more gets through.
        func settled() async throws -> Int {
            var before = -1
            while sent.load(ordering: .relaxed) != before {
                before = sent.load(ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(250))
            }
            return before
        }
    }

    @Test(arguments: [16_384, 100]) func `a client that does not read stops the upstream`(pieceBytes: Int) async throws {
        let source = Source()
        let backend = try source.backend(piece: String(repeating: "x", count: pieceBytes))
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let client = try await Threads.run {
                let client = try world.connect(receiveBufferBytes: 32768)
                try client.write("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
                _ = try client.readHead()
                return client
            }
            let stopped = try await source.settled()
            // What lies in the kernel's four buffers, which it makes as large as 6 MB each; the rest of the 100 GB stays where it is.
            #expect(stopped < 30_000_000)
            // And it goes on when the client does.
            _ = try await Threads.run { try client.skip(stopped + 1_000_000) }
            #expect(source.sent.load(ordering: .relaxed) > stopped + 1_000_000)
        }
    }

    @Test func `an upstream that does not read stops the client`() async throws {
        let gate = Gate()
        let backend = try Backend { peer, _ in
            peer.socket.setBuffer(8 /* SO_RCVBUF */, 32768)
            _ = try peer.readHead()
            gate.wait()
            try peer.skip(80_000_000)
            try peer.respond("\(try peer.read(exactly: 100).allSatisfy { $0 == UInt8(ascii: "y") })")
        }
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.limits.requestBodyBytesMax = 0 }) { world in
            let sent = Atomic<Int>(0)
            async let response = Threads.run {
                let client = try world.connect()
                client.socket.setBuffer(7, 65536)
                try client.write("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 80000100\r\n\r\n")
                let piece = Array(repeating: UInt8(ascii: "x"), count: 80_000)
                for _ in 0..<1000 {
                    try client.socket.write(piece)
                    sent.wrappingAdd(piece.count, ordering: .relaxed)
                }
                try client.socket.write(Array(repeating: UInt8(ascii: "y"), count: 100))
                return try client.readResponse()
            }
            var before = -1
            while sent.load(ordering: .relaxed) != before || before == 0 {
                before = sent.load(ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(250))
            }
            #expect(before < 30_000_000)
            gate.open()
            #expect(try await response.text == "true")
        }
    }

    @Test func `a client that sends requests and reads no answers is not answered for ever`() async throws {
        let body = String(repeating: "x", count: 50_000)
        let count = Atomic<Int>(0)
        let backend = try Backend { peer, _ in
            while true {
                _ = try peer.readRequest()
                count.wrappingAdd(1, ordering: .relaxed)
                try peer.respond(body)
            }
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let client = try await Threads.run {
                let client = try world.connect(receiveBufferBytes: 32768)
                try client.write(String(repeating: "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n", count: 1000))
                return client
            }
            var before = -1
            while count.load(ordering: .relaxed) != before || before == 0 {
                before = count.load(ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(250))
            }
            #expect(before < 300)
            let total = try await Threads.run {
                var total = 0
                for _ in 0..<1000 { total += try client.readResponse().body.count }
                return total
            }
            #expect(total == 50_000_000)
        }
    }

    @Test func `a client that has stopped reading is cut in time, one that reads slowly is not`() async throws {
        let source = Source()
        let backend = try source.backend(piece: String(repeating: "x", count: 16_384))
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.timeouts.downstreamSend = .milliseconds(1500) }) { world in
            let request = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"
            let slow = try await Threads.run {
                let client = try world.connect(receiveBufferBytes: 32768)
                try client.write(request)
                _ = try client.readHead()
                return client
            }
            async let reading = Threads.run {
                // For three times as long as who does not read at all would have.
                for _ in 0..<25 {
                    for _ in 0..<32 { _ = try slow.socket.read(atMost: 32768) }
                    _ = try TestSocket.listen().socket.isSilent(for: .milliseconds(100))
                }
                return true
            }
            #expect(try await reading)
            #expect(await world.server.counters().connectionsOpen == 1)
            #expect(await eventually { await world.server.counters().connectionsOpen == 0 })
            #expect(await world.server.counters().exchangesCut == 1)
        }
    }
}
