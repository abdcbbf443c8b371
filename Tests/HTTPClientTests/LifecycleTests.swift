import Testing

@testable import HTTPClient

@Suite("Cancellation, shutdown and load") struct LifecycleTests {
    @Test(arguments: ["/silent", "/trickle", "/stall"])
    func `cancelling the task closes the connection`(path: String) async throws {
        let client = try HTTPClient.direct()
        let target = "\(path)?t=\(unique())"
        let url = try await Peers.url(target)
        let task = Task { await client.failure(HTTPRequest(url: url), bodyBytesMax: 1 << 20) }
        #expect(try await Peers.plain().hasPrinted("request \(target)"))
        let start = ContinuousClock.now
        task.cancel()
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `a task that is cancelled before it starts sends nothing`() async throws {
        let client = try HTTPClient.direct()
        let target = "/echo?t=\(unique())"
        let url = try await Peers.url(target)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await client.failure(HTTPRequest(url: url), bodyBytesMax: 1000)
        }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        _ = try await client.send(HTTPRequest(url: await Peers.url("/echo")), bodyBytesMax: 1000)
        #expect(try await Peers.plain().printed(prefix: "request \(target)").isEmpty)
    }

    @Test func `a request that waits for its turn can be cancelled, and the others get theirs`() async throws {
        let client = try HTTPClient.direct(requestsPerOriginMax: 1)
        let (first, second) = ("/silent?t=\(unique())", "/echo?t=\(unique())")
        let urls = (try await Peers.url(first), try await Peers.url(second))
        let blocker = Task { await client.failure(HTTPRequest(url: urls.0), bodyBytesMax: 0) }
        #expect(try await Peers.plain().hasPrinted("request \(first)"))
        let waiting = Task { await client.failure(HTTPRequest(url: urls.1), bodyBytesMax: 0) }
        let last = Task { try await client.send(HTTPRequest(url: await Peers.url("/bytes/7")), bodyBytesMax: 7).body.count }
        waiting.cancel()
        #expect(await waiting.value?.code == .cancelled)
        blocker.cancel()
        #expect(await blocker.value?.code == .cancelled)
        #expect(try await last.value == 7)
        #expect(try await Peers.plain().printed(prefix: "request \(second)").isEmpty)
    }

    @Test func `shutdown fails what is in flight and what comes later, ends the thread, and may be called again`() async throws {
        let client = try HTTPClient.direct()
        let target = "/silent?t=\(unique())"
        let request = HTTPRequest(url: try await Peers.url(target))
        let task = Task { await client.failure(request, bodyBytesMax: 0) }
        let stream = try await client.stream(HTTPRequest(url: await Peers.url("/stall")))
        #expect(try await Peers.plain().hasPrinted("request \(target)"))
        async let other: Void = client.shutdown()
        await client.shutdown()
        await other
        await client.shutdown()
        #expect(await task.value?.code == .shutDown)
        await #expect(throws: HTTPClientError(code: .shutDown, subject: "GET \(try await Peers.url("/stall"))")) {
            try await stream.collect(bytesMax: 1000)
        }
        let late = await client.failure(request, bodyBytesMax: 0)
        #expect(late?.code == .shutDown)
        #expect(late?.description.hasSuffix("the HTTP client is shut down") == true)
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `a client that is dropped ends its thread`() async throws {
        var client: HTTPClient? = try .direct()
        // The thread holds the engine.
        weak let engine = client?.engine
        #expect(engine != nil)
        client = nil
        #expect(await eventually { engine == nil })
    }

    @Test func `two hundred requests at a time are all answered with their own answer`() async throws {
        let client = try HTTPClient.direct(requestsPerOriginMax: 64)
        let url = try await Peers.url("/echo")
        let answered = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let body = Array("\(number),".utf8) + [UInt8](repeating: 0x78, count: number * 100)
                    let request = HTTPRequest(method: "POST", url: url, body: .bytes(body))
                    guard let response = try? await client.send(request, bodyBytesMax: 100_000) else { return false }
                    return response.status == 200 && response.body.suffix(body.count).elementsEqual(body)
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(answered == 200)
    }

    @Test func `requests that start, end and are cancelled at random leave nothing behind`() async throws {
        let client = try HTTPClient.direct(requestsPerOriginMax: 8)
        let seed = unique()
        let paths = ["/bytes/10000", "/silent", "/cut", "/echo", "/trickle", "/chunked"]
        let urls = try await paths.asyncMap { try await Peers.url($0) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                let url = urls[Int((seed &+ UInt64(number) &* 2_654_435_761) % UInt64(urls.count))]
                group.addTask {
                    let task = Task { await client.failure(HTTPRequest(url: url), bodyBytesMax: 20_000) }
                    for _ in 0..<(number % 50) { await Task.yield() }
                    if url.hasSuffix("silent") || url.hasSuffix("trickle") || number % 3 == 0 { task.cancel() }
                    _ = await task.value
                }
            }
        }
        #expect(try await client.send(HTTPRequest(url: await Peers.url("/bytes/1")), bodyBytesMax: 1).status == 200, "seed \(seed)")
    }
}
