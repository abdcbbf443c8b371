import Testing

@testable import Proxy

@Suite("Failing downstreams") struct DownstreamFailureTests {
    private let get = "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"

    @Test func `a client that is reset gives its upstream connection up, in every phase`() async throws {
        let backend = try Backend { peer, _ in
            let request = try peer.readHead()
            if request.target == "/body" { try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n01234") }
            _ = try peer.socket.readToEnd()
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let starts = [
                "GET / HT", "GET /wait HTTP/1.1\r\nHost: app.test\r\n\r\n", "GET /body HTTP/1.1\r\nHost: app.test\r\n\r\n",
                "POST /send HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\n01234",
            ]
            for start in starts {
                try await Threads.run {
                    let client = try world.connect()
                    try client.write(start)
                    if start.contains("/body") { _ = try client.readHead() }
                    _ = try client.socket.isSilent(for: .milliseconds(30))
                    client.socket.resetAtEnd()
                }
                #expect(
                    await eventually {
                        let counters = await world.server.counters()
                        return counters.connectionsOpen == 0 && counters.exchangesActive == 0
                    })
            }
            #expect(await world.server.counters().exchangesCut == 3)
        }
    }

    @Test func `a client may end its side after its request and still gets the answer`() async throws {
        let backend = try Backend { peer, _ in
            let request = try peer.readRequest()
            _ = try peer.socket.isSilent(for: .milliseconds(50))
            try peer.respond(request.text)
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (response, end) = try await Threads.run {
                let client = try world.connect()
                try client.write("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody")
                client.socket.endOutput()
                return (try client.readResponse(), try client.readEnding().ending)
            }
            #expect(response.text == "body")
            #expect(end == .proper)
        }
    }

    @Test func `pipelined requests in front of the end of a side are all answered`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let answers = try await Threads.run {
                let client = try world.connect()
                try client.write((0..<5).map { "GET /\($0) HTTP/1.1\r\nHost: app.test\r\n\r\n" }.joined())
                client.socket.endOutput()
                let answers = try (0..<5).map { _ in try client.readResponse().text }
                return try client.readEnding().ending == .proper ? answers : []
            }
            #expect(answers.count == 5)
            for (index, answer) in answers.enumerated() { #expect(answer.hasPrefix("GET /\(index) ")) }
        }
    }

    @Test func `a request that ends too early is 400, and no upstream takes it for whole`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readRequest()
            try peer.respond("whole")
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            for framing in ["Content-Length: 10\r\n\r\n01234", "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"] {
                let response = try await Threads.run {
                    let client = try world.connect()
                    try client.write("POST / HTTP/1.1\r\nHost: app.test\r\n\(framing)")
                    client.socket.endOutput()
                    return try client.readResponse()
                }
                #expect(response.status == 400)
            }
        }
    }

    @Test func `a head that does not come to its end in time is 408, however it drips`() async throws {
        try await withWorld([], configure: { $0.timeouts.requestHead = .milliseconds(400) }) { world in
            let get = get
            let (response, end) = try await Threads.run {
                let client = try world.connect()
                for byte in get.utf8.dropLast(4) {
                    guard try client.socket.isSilent(for: .milliseconds(20)) else { break }
                    try client.socket.write([byte])
                }
                return (try client.readResponse(), try client.readEnding().ending)
            }
            #expect(response.status == 408 && response["Connection"] == "close")
            #expect(end == .proper)
            // Who says nothing at all is not answered.
            let silent = try await Threads.run { try world.connect().readEnding() }
            #expect(silent.bytes.isEmpty && silent.ending == .proper)
        }
    }

    @Test func `a body that stops is 408, one that drips is not`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.timeouts.requestBody = .milliseconds(300) }) { world in
            let post = "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\n"
            let stopped = try await world.exchange(post + "01234")
            #expect(stopped.status == 408)
            let dripping = try await Threads.run {
                let client = try world.connect()
                try client.write(post)
                for _ in 0..<10 {
                    _ = try client.socket.isSilent(for: .milliseconds(100))
                    try client.write("x")
                }
                return try client.readResponse().text
            }
            #expect(dripping.hasSuffix("xxxxxxxxxx"))
        }
    }

    @Test func `a slow body after 100-continue is the client's affair, not the upstream's`() async throws {
        let backend = try Backend { peer, _ in
            var request = try peer.readHead()
            try peer.write("HTTP/1.1 100 Continue\r\n\r\n")
            try peer.readBody(&request)
            try peer.respond(request.text)
        }
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.timeouts.upstreamRead = .milliseconds(600) }) { world in
            let response = try await Threads.run {
                let client = try world.connect()
                try client.write("PUT / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
                _ = try client.readHead()
                for _ in 0..<6 {
                    try client.write("x")
                    _ = try client.socket.isSilent(for: .milliseconds(200))
                }
                return try client.readResponse()
            }
            #expect(response.text == "xxxxxx")
        }
    }

    @Test func `the rest of a refused body has its time, and no more`() async throws {
        try await withWorld([], configure: { $0.timeouts.requestBody = .milliseconds(200) }) { world in
            let (response, end) = try await Threads.run {
                let client = try world.connect()
                let response = try client.exchange("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n01234")
                return (response, try client.readEnding().ending)
            }
            #expect(response.status == 404 && response["Connection"] == nil)
            #expect(end == .proper)
        }
    }

    @Test func `an idle connection is closed in time, and a request limit is kept`() async throws {
        let backend = try Backend.named("x")
        try await withWorld(
            Make.site(ports: [backend.port]),
            configure: {
                $0.timeouts.keepAlive = .milliseconds(200)
                $0.limits.requestsPerConnectionMax = 3
            }
        ) { world in
            let get = get
            let end = try await Threads.run {
                let client = try world.connect()
                _ = try client.exchange(get)
                return try client.readEnding()
            }
            #expect(end.bytes.isEmpty && end.ending == .proper)
            let said = try await Threads.run {
                let client = try world.connect()
                let said = try (0..<3).map { _ in try client.exchange(get)["Connection"] ?? "-" }
                return said + [try client.readEnding().ending == .proper ? "ended" : "reset"]
            }
            #expect(said == ["-", "-", "close", "ended"])
        }
    }

    @Test func `garbage does no harm`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let get = get
            for seed in 0..<60 as Range<UInt64> {
                try await Threads.run {
                    let random = RequestIDs(seed: seed)
                    let client = try world.connect()
                    var bytes = Array(
                        (get + get + "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").utf8)
                    for _ in 0...(seed % 5) { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
                    try client.socket.write(bytes)
                    client.socket.endOutput()
                    _ = try client.readEnding()
                }
            }
            let response = try await world.exchange(get)
            #expect(response.status == 200)
            #expect(await eventually { await world.server.counters().exchangesActive == 0 })
        }
    }
}
