import Testing

@testable import HTTPClient

@Suite("Streamed answers") struct StreamTests {
    let client: HTTPClient

    init() throws { client = try .direct(timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(20), idle: .seconds(10))) }

    @Test func `the head comes before the body, and the body as it is sent`() async throws {
        let target = "/watch/5?t=\(unique())"
        let stream = try await client.stream(HTTPRequest(url: await Peers.url(target)))
        #expect(stream.status == 200)
        #expect(stream.headers.first("transfer-encoding") == "chunked")
        var body: [UInt8] = []
        // The server keeps the connection open after its five events.
        for try await chunk in stream {
            body += chunk
            if body.count == 40 { break }
        }
        #expect(String(decoding: body, as: UTF8.self).hasSuffix("event 4\n"))
        stream.cancel()
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `a complete body ends, also when read again`() async throws {
        let stream = try await client.stream(HTTPRequest(url: await Peers.url("/bytes/1000000")))
        #expect(try await stream.collect(bytesMax: 1_000_000).count == 1_000_000)
        #expect(try await stream.collect(bytesMax: 0).isEmpty)
        let none = try await client.stream(HTTPRequest(url: await Peers.url("/empty")))
        #expect(none.status == 204)
        #expect(try await none.collect(bytesMax: 0).isEmpty)
    }

    @Test func `a body over the limit is refused and its connection closed`() async throws {
        let target = "/flood?t=\(unique())"
        let stream = try await client.stream(HTTPRequest(url: await Peers.url(target)))
        let subject = "GET \(try await Peers.url("/flood"))"
        await #expect(throws: HTTPClientError(code: .bodyTooLarge(limitBytes: 50_000), subject: subject)) {
            try await stream.collect(bytesMax: 50_000)
        }
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `a reader that does not read stops the peer, and later gets every byte`() async throws {
        let target = "/flood?t=\(unique())"
        let peer = try await Peers.calm()
        let timeouts = HTTPTimeouts(total: nil, idle: .seconds(1))
        let stream = try await client.stream(HTTPRequest(url: await Peers.calmURL(target), timeouts: timeouts))
        // The idle time does not run while the peer waits for us: the server reports a stall only after 1.3 s.
        func stalls() -> [String] { peer.printed(prefix: "stalled \(target) ") }
        #expect(await eventually { !stalls().isEmpty })
        let sent = try #require(stalls().last.flatMap { Int($0.split(separator: " ")[2]) })
        // What the pipe and libcurl hold plus both sockets' buffers.
        #expect(sent < 16_000_000)
        let seen = stalls().count
        var received = 0
        var isIntact = true
        for try await chunk in stream {
            received += chunk.count
            isIntact = isIntact && chunk.allSatisfy { $0 == UInt8(ascii: "x") }
            if received > sent + 2_000_000 { break }
        }
        #expect(isIntact)
        #expect(await eventually { stalls().count > seen })
        #expect(peer.printed(prefix: "closed \(target)").isEmpty)
        stream.cancel()
        #expect(await peer.hasPrinted("closed \(target)"))
    }

    @Test func `dropping the stream closes the connection, read or not`() async throws {
        let targets = (0..<3).map { "/flood?t=\(unique())&n=\($0)" }
        _ = try await client.stream(HTTPRequest(url: await Peers.url(targets[0])))
        for try await _ in try await client.stream(HTTPRequest(url: await Peers.url(targets[1]))) { break }
        var iterator = try await client.stream(HTTPRequest(url: await Peers.url(targets[2]))).makeAsyncIterator()
        // The iterator holds the stream.
        for _ in 0..<20 { #expect(try await iterator.next() != nil) }
        #expect(try await Peers.plain().printed(prefix: "closed \(targets[2])").isEmpty)
        for target in targets[..<2] { #expect(try await Peers.plain().hasPrinted("closed \(target)")) }
        iterator = try await client.stream(HTTPRequest(url: await Peers.url("/bytes/1"))).makeAsyncIterator()
        #expect(try await Peers.plain().hasPrinted("closed \(targets[2])"))
    }

    @Test func `cancelling the reader's task ends its wait and the connection`() async throws {
        let target = "/stall?t=\(unique())"
        let stream = try await client.stream(HTTPRequest(url: await Peers.url(target)))
        let reader = Task { try await stream.collect(bytesMax: 1000) }
        #expect(try await Peers.plain().hasPrinted("request \(target)"))
        reader.cancel()
        await #expect(throws: HTTPClientError(code: .cancelled, subject: "GET \(try await Peers.url("/stall"))")) { try await reader.value }
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `cancelling the task that waits for the head closes the connection`() async throws {
        let target = "/silent?t=\(unique())"
        let request = HTTPRequest(url: try await Peers.url(target))
        let task = Task { try await client.stream(request) }
        #expect(try await Peers.plain().hasPrinted("request \(target)"))
        task.cancel()
        await #expect(throws: HTTPClientError.self) { try await task.value }
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `a watch whose peer falls silent ends with the idle time, not before`() async throws {
        let target = "/watch/20?t=\(unique())"
        let limit = Duration.seconds(1)
        let request = HTTPRequest(url: try await Peers.calmURL(target), timeouts: HTTPTimeouts(total: limit, idle: limit))
        let start = ContinuousClock.now
        let stream = try await client.stream(request)
        var body: [UInt8] = []
        do throws(HTTPClientError) {
            for try await chunk in stream { body += chunk }
            Issue.record("the watch ended well")
        } catch {
            #expect(error.code == .idleTimedOut(limit))
        }
        // All twenty events, 60 ms apart: neither the total time nor the idle time cut them short.
        #expect(body.count == 160)
        #expect(start.duration(to: .now) > .seconds(2))
        #expect(try await Peers.calm().hasPrinted("closed \(target)"))
    }

    @Test func `the total time bounds the wait for the head`() async throws {
        let limit = Duration.milliseconds(200)
        let request = HTTPRequest(url: try await Peers.url("/slow-head"), timeouts: HTTPTimeouts(total: limit, idle: nil))
        await #expect(throws: HTTPClientError(code: .timedOut(limit), subject: "GET \(request.url)")) { try await client.stream(request) }
    }

    @Test(arguments: ["/cut", "/cut-chunk", "/reset"])
    func `a connection cut in the body fails the stream, again and again`(path: String) async throws {
        let stream = try await client.stream(HTTPRequest(url: await Peers.url(path)))
        for _ in 0..<2 {
            do throws(HTTPClientError) {
                _ = try await stream.collect(bytesMax: 1000)
                Issue.record("a cut body ended well")
            } catch {
                guard case .connectionLost = error.code else { return #expect(error.code == .cancelled) }
            }
        }
    }

    @Test func `a stream outlives the client's last other reference`() async throws {
        var own: HTTPClient? = try .direct()
        let stream = try await own?.stream(HTTPRequest(url: await Peers.url("/bytes/2000000")))
        own = nil
        #expect(try await stream?.collect(bytesMax: 2_000_000).count == 2_000_000)
    }

    @Test func `streams do not use up the places of requests`() async throws {
        let narrow = try HTTPClient.direct(requestsPerOriginMax: 1)
        let streams = try await (0..<4).asyncMap { _ in try await narrow.stream(HTTPRequest(url: await Peers.url("/stall"))) }
        #expect(try await narrow.send(HTTPRequest(url: await Peers.url("/bytes/1")), bodyBytesMax: 1).text == "b")
        #expect(streams.allSatisfy { $0.status == 200 })
    }

    @Test func `many streams read at once are each whole and in order`() async throws {
        let url = try await Peers.url("/bytes/3000000")
        let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await client.stream(HTTPRequest(url: url)).collect(bytesMax: 3_000_000).count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sizes == [Int](repeating: 3_000_000, count: 8))
    }
}
