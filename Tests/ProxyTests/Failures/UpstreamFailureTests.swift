import Testing

@testable import Proxy

@Suite("Failing upstreams, RFC 9110 §9.2.2 and §15.6") struct UpstreamFailureTests {
    private let get = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"
    private let get10 = "GET / HTTP/1.0\r\nHost: app.test\r\n\r\n"
    private let post = "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody"

    // MARK: Connecting

    @Test func `endpoints take turns`() async throws {
        let backends = try ["a", "b", "c"].map { try Backend.named($0) }
        try await withWorld(Make.site(ports: backends.map(\.port))) { world in
            let get = get
            let answers = try await Threads.run {
                let client = try world.connect()
                return try (0..<30).map { _ in try client.exchange(get).text }
            }
            for name in ["a", "b", "c"] { #expect(answers.filter { $0 == name }.count == 10) }
            #expect(Set(answers.prefix(3)) == ["a", "b", "c"])
        }
    }

    @Test func `one that cannot be reached is passed over, for any method`() async throws {
        let good = try Backend.named("good")
        let closed = try (0..<2).map { _ in try ClosedPort() }
        try await withWorld(Make.site(ports: [closed[0].port, good.port, closed[1].port])) { world in
            for request in [get, post, get, post, get, post] {
                let response = try await world.exchange(request)
                #expect(response.text == "good")
            }
            let counters = await world.server.counters()
            #expect(counters.upstreamConnectFailures > 0)
            #expect(counters.responses5xx == 0)
        }
    }

    @Test func `when none can be reached the answer is 502, after three tries`() async throws {
        let closed = try (0..<5).map { _ in try ClosedPort() }
        let ports = closed.map(\.port)
        try await withWorld(Make.site(ports: ports)) { world in
            let response = try await world.exchange(post)
            #expect(response.status == 502)
            #expect(await world.server.counters().upstreamConnectFailures == 3)
        }
        try await withWorld(Make.site(ports: Array(ports.prefix(1)))) { world in
            let response = try await world.exchange(get)
            #expect(response.status == 502)
            #expect(await world.server.counters().upstreamConnectFailures == 1)
        }
    }

    // MARK: Before the response

    @Test func `an upstream that closes without a word, or in its head, is 502`() async throws {
        for head in ["", "HTTP/1.1 200 OK\r\nContent-Le"] {
            let backend = try Backend { peer, _ in
                _ = try peer.readRequest()
                try peer.write(head)
            }
            try await withWorld(Make.site(ports: [backend.port])) { world in
                for request in [get, post] {
                    let response = try await world.exchange(request)
                    #expect(response.status == 502)
                    #expect(response["Content-Length"] != nil && response["Date"] != nil)
                }
                #expect(backend.connections == 2)
                #expect(await world.server.counters().upstreamFailures == 2)
            }
        }
    }

    @Test(arguments: [
        "HELLO\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    ]) func `what is not HTTP is 502`(head: String) async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.write(head)
            _ = try peer.socket.readToEnd()
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange(get)
            #expect(response.status == 502)
        }
    }

    // MARK: In the response

    @Test(arguments: ["Content-Length: 100", "Transfer-Encoding: chunked"]) func `a response that stops is never ended properly`(
        framing: String
    ) async throws {
        for resets in [false, true] {
            let backend = try Backend { peer, _ in
                _ = try peer.readRequest()
                try peer.write("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n5\r\nhello\r\n")
                _ = try peer.socket.isSilent(for: .milliseconds(50))
                if resets { peer.socket.resetAtEnd() }
            }
            try await withWorld(Make.site(ports: [backend.port])) { world in
                for request in [get, get10] {
                    let (head, rest) = try await Threads.run {
                        let client = try world.connect()
                        try client.write(request)
                        return (try client.readHead(), try client.readEnding())
                    }
                    #expect(head.status == 200)
                    #expect(rest.ending == .reset)
                    #expect(!String(decoding: rest.bytes, as: UTF8.self).contains("0\r\n\r\n"))
                }
                let counters = await world.server.counters()
                #expect(counters.exchangesCut == 2 && counters.upstreamFailures == 2)
            }
        }
    }

    @Test func `a reset is no end of a response that ends with its connection`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.write("HTTP/1.1 200 OK\r\n\r\nhello")
            _ = try peer.socket.isSilent(for: .milliseconds(50))
            peer.socket.resetAtEnd()
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            for request in [get, get10] {
                let ending = try await Threads.run {
                    let client = try world.connect()
                    try client.write(request)
                    _ = try client.readHead()
                    return try client.readEnding().ending
                }
                #expect(ending == .reset)
            }
        }
    }

    @Test func `malformed chunks cut the response`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n")
            _ = try peer.socket.readToEnd()
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let get = get
            let ending = try await Threads.run {
                let client = try world.connect()
                try client.write(get)
                return try client.readEnding().ending
            }
            #expect(ending == .reset)
        }
    }

    // MARK: Pooled connections

    @Test func `a request on a connection that was closed meanwhile is sent again when that is safe`() async throws {
        // Each connection serves one request and closes when the second comes, so that the proxy cannot have known.
        let backend = try Backend { peer, number in
            _ = try peer.readRequest()
            try peer.respond("connection \(number)")
            _ = try peer.socket.read(atMost: 1)
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (get, post) = (get, post)
            let answers = try await Threads.run {
                let client = try world.connect()
                let put = "PUT / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n"
                let putWithBody = "PUT / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody"
                return try [get, get, put, post, get, putWithBody].map { try client.exchange($0) }
            }
            #expect(answers.map(\.status) == [200, 200, 200, 502, 200, 502])
            #expect(await world.server.counters().staleRetries == 2)
        }
    }

    @Test func `a request is sent again once only`() async throws {
        let backend = try Backend { peer, number in
            _ = try peer.readRequest()
            if number == 0 {
                try peer.respond("x")
                _ = try peer.socket.read(atMost: 1)
            }
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let get = get
            let statuses = try await Threads.run {
                let client = try world.connect()
                return [try client.exchange(get).status, try client.exchange(get).status]
            }
            #expect(statuses == [200, 502])
            #expect(backend.connections == 2)
        }
    }

    @Test func `a connection that closes while it is idle is not used`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.respond("x")
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            for _ in 0..<3 {
                let response = try await world.exchange(post)
                #expect(response.status == 200)
                #expect(await eventually { await world.server.counters().upstreamConnectionsIdle == 0 })
            }
            #expect(await world.server.counters().staleRetries == 0)
        }
    }

    @Test func `idle connections are kept up to a number, and to an age`() async throws {
        let backend = try Backend.echo()
        try await withWorld(
            Make.site(ports: [backend.port]),
            configure: {
                $0.limits.idleUpstreamConnectionsMax = 2
                $0.timeouts.upstreamKeepAlive = .milliseconds(300)
            }
        ) { world in
            let get = get
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<6 { tasks.addTask { _ = try await world.exchange(get) } }
                try await tasks.waitForAll()
            }
            #expect(await world.server.counters().upstreamConnectionsIdle <= 2)
            #expect(await eventually { await world.server.counters().upstreamConnectionsIdle == 0 })
        }
    }

    @Test func `an upstream connection serves so many requests and no more`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.limits.requestsPerUpstreamConnectionMax = 3 }) { world in
            let get = get
            _ = try await Threads.run {
                let client = try world.connect()
                for _ in 0..<7 { _ = try client.exchange(get) }
            }
            #expect(backend.connections == 3)
        }
    }

    // MARK: Silence

    @Test func `silence before the response is 504, and inside it a cut`() async throws {
        let silent = try Backend { peer, _ in
            _ = try peer.readRequest()
            _ = try peer.socket.readToEnd()
        }
        let halting = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")
            _ = try peer.socket.readToEnd()
        }
        let objects = Make.site("app.test", ports: [silent.port]) + Make.site("half.test", ports: [halting.port])
        try await withWorld(objects, configure: { $0.timeouts.upstreamRead = .milliseconds(200) }) { world in
            let start = ContinuousClock.now
            let response = try await world.exchange(get)
            #expect(response.status == 504)
            #expect(ContinuousClock.now - start >= .milliseconds(200))
            let ending = try await Threads.run {
                let client = try world.connect()
                try client.write("GET / HTTP/1.1\r\nHost: half.test\r\n\r\n")
                _ = try client.readHead()
                return try client.readEnding().ending
            }
            #expect(ending == .reset)
        }
    }

    @Test func `a slow upstream that keeps sending is not cut`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
            for _ in 0..<8 {
                _ = try peer.socket.isSilent(for: .milliseconds(120))
                try peer.write("x")
            }
        }
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.timeouts.upstreamRead = .milliseconds(300) }) { world in
            let response = try await world.exchange(get)
            #expect(response.text == "xxxxxxxx")
        }
    }
}
