import Testing

@testable import Proxy

@Suite("Drain") struct DrainTests {
    private let get = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"

    /// Answers once it is told to.
    private func waiting(_ gate: Gate) throws -> Backend {
        try Backend { peer, _ in
            while true {
                let request = try peer.readRequest()
                if request.target == "/slow" {
                    gate.arrive()
                    gate.wait()
                }
                try peer.respond("done")
            }
        }
    }

    @Test func `idle connections go at once, busy ones after their response, and nothing new comes in`() async throws {
        let gate = Gate()
        let backend = try waiting(gate)
        let world = try await World(threads: 2, Make.site(ports: [backend.port]))
        let (get, http) = (get, world.http)
        let idle = try await Threads.run {
            let client = try TestPeer.connect(http)
            _ = try client.exchange(get)
            return client
        }
        async let busy = Threads.run {
            let client = try TestPeer.connect(http)
            let response = try client.exchange("GET /slow HTTP/1.1\r\nHost: app.test\r\n\r\n")
            return (response, try client.readEnding().ending)
        }
        await gate.arrival()
        async let drained: Void = world.server.drain(deadline: .seconds(30))
        let idleEnd = try await Threads.run { try idle.readEnding() }
        #expect(idleEnd.ending == .proper && idleEnd.bytes.isEmpty)
        #expect(await eventually { (try? TestSocket.connect(http)) == nil })
        gate.open()
        let (response, ending) = try await busy
        #expect(response.text == "done" && response["Connection"] == "close")
        #expect(ending == .proper)
        await drained
    }

    @Test func `what is not over at the deadline is cut`() async throws {
        let gate = Gate()
        let backend = try waiting(gate)
        let world = try await World(Make.site(ports: [backend.port]))
        async let busy = Threads.run {
            let client = try world.connect()
            try client.write("GET /slow HTTP/1.1\r\nHost: app.test\r\n\r\n")
            return try client.readEnding().ending
        }
        await gate.arrival()
        let start = ContinuousClock.now
        await world.server.drain(deadline: .milliseconds(200))
        #expect((.milliseconds(150)...(.seconds(5))).contains(ContinuousClock.now - start))
        #expect(try await busy == .reset)
        gate.open()
        // A second time there is nothing to do.
        await world.server.drain(deadline: .seconds(30))
    }

    @Test func `pipelined requests in hand are answered, later ones are not`() async throws {
        let gate = Gate()
        let backend = try waiting(gate)
        let world = try await World(Make.site(ports: [backend.port]))
        async let answers = Threads.run {
            let client = try world.connect()
            let slow = "GET /slow HTTP/1.1\r\nHost: app.test\r\n\r\n"
            try client.write(slow + slow)
            let first = try client.readResponse()
            return (first["Connection"], try client.readEnding())
        }
        await gate.arrival()
        async let drained: Void = world.server.drain(deadline: .seconds(30))
        #expect(await eventually { (try? TestSocket.connect(world.http)) == nil })
        gate.open()
        let (connection, end) = try await answers
        // The second was never begun, and the client was told so: it may send it elsewhere.
        #expect(connection == "close")
        #expect(end.bytes.isEmpty && end.ending == .proper)
        await drained
    }

    @Test func `what was counted can be read afterwards, and nothing is taken any more`() async throws {
        let backend = try Backend.named("x")
        let world = try await World(Make.site(ports: [backend.port]))
        _ = try await world.exchange(get)
        await world.end()
        world.put(Make.site("late.test", ports: [backend.port]))
        let counters = await world.server.counters()
        #expect(counters.responses2xx == 1 && counters.connectionsOpen == 0 && counters.upstreamConnectionsIdle == 0)
    }
}
