internal import Core
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("Watches") struct WatchTests {
    let server: FakeAPIServer
    let client: APIClient

    init() async throws {
        server = try await FakeAPIServer()
        client = APIClient(server.configuration)
    }

    func request() -> APIRequest { .watch(.configMaps, resourceVersion: "\(server.resourceVersion)", timeout: .seconds(60)) }

    /// Reads to the end.
    func read(_ stream: APIWatchStream) async -> (types: [String], error: APIError?) {
        var types: [String] = []
        do throws(APIError) {
            for try await line in stream { types.append(JSONValue(parsing: line)?["type"]?.text ?? "?") }
            return (types, nil)
        } catch { return (types, error) }
    }

    @Test func `a watch that the server ends in order ends`() async throws {
        let stream = try await client.watch(request())
        server.put(APIRequest.configMap("a"))
        server.endWatches()
        let (types, error) = await read(stream)
        #expect(types == ["ADDED"] && error == nil)
    }

    @Test func `the server's own timeout ends it after a last bookmark`() async throws {
        var short = APIRequest.watch(.configMaps, resourceVersion: "1", timeout: .seconds(1))
        short.idleTimeout = .seconds(20)
        let (types, error) = await read(try await client.watch(short))
        #expect(types == ["BOOKMARK"] && error == nil)
    }

    @Test func `a cut is an error, between events and within one`() async throws {
        for isWithinEvent in [false, true] {
            server.script(.cutWatch(afterEvents: 1, isWithinEvent: isWithinEvent))
            let stream = try await client.watch(request())
            server.put(APIRequest.configMap("a\(isWithinEvent)"))
            server.put(APIRequest.configMap("b\(isWithinEvent)"))
            let (types, error) = await read(stream)
            #expect(types == ["ADDED"] && error?.code == .unreachable, "\(error.map(\.description) ?? "none")")
        }
    }

    @Test func `a server that goes away cuts all`() async throws {
        let stream = try await client.watch(request())
        await server.goAway()
        #expect(await read(stream).error?.code == .unreachable)
    }

    @Test func `silence is noticed after the idle time, and what came before is read`() async throws {
        server.script(.stallWatch(afterEvents: 1))
        server.put(APIRequest.configMap("a"))
        var request = APIRequest.watch(.configMaps, resourceVersion: nil, timeout: .seconds(60))
        request.idleTimeout = .seconds(3)
        let (types, error) = await read(try await client.watch(request))
        #expect(types == ["ADDED"] && error?.code == .timeout)
        #expect(error?.description.contains("watch configmaps") == true)
    }

    @Test func `cancelling the reader closes the connection`() async throws {
        let stream = try await client.watch(request())
        let reader = Task { await read(stream).error }
        #expect(await eventually { server.watchCount() == 1 })
        reader.cancel()
        #expect(await reader.value?.code == .cancelled)
        #expect(await eventually { server.watchCount() == 0 })
    }

    @Test func `dropping the stream closes the connection`() async throws {
        do {
            let stream = try await client.watch(request())
            #expect(server.watchCount() == 1)
            _ = stream
        }
        #expect(await eventually { server.watchCount() == 0 })
    }

    @Test func `an event may be larger than any request to an API server, and is bounded`() async throws {
        let stream = try await client.watch(request())
        server.sendToWatches([UInt8](repeating: 120, count: 4 * 1024 * 1024) + [UInt8(ascii: "\n")])
        var reader = stream.makeAsyncIterator()
        #expect(try await reader.next()?.count == 4 * 1024 * 1024)
        server.sendToWatches([UInt8](repeating: 120, count: Limits.watchLineBytesMax + 1))
        await #expect(throws: APIError.self) { try await reader.next() }
        do {
            _ = try await reader.next()
        } catch { #expect(error.code == .badResponse) }
    }

    @Test func `a refused watch is an error with the server's words, after what may be repeated`() async throws {
        server.script(.gone, at: .watch)
        let error = await #expect(throws: APIError.self) { try await client.watch(request()) }
        #expect(error?.code == .gone && error?.reason == "Expired")
        server.script(.answer(status: 403, body: [UInt8](repeating: 32, count: Limits.statusBytesMax + 1)), at: .watch)
        #expect(await #expect(throws: APIError.self) { try await client.watch(request()) }?.code == .forbidden)
        server.script(.status(503, reason: "ServiceUnavailable"), at: .watch)
        _ = try await client.watch(request())
    }

    @Test func `shutting down ends watches`() async throws {
        let stream = try await client.watch(request())
        let reader = Task { await read(stream).error }
        await client.shutdown()
        #expect(await reader.value?.code == .closed)
    }
}
