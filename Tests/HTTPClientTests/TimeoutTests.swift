import HTTPClient
import Testing

@Suite("Timeouts") struct TimeoutTests {
    func code(_ path: String, _ timeouts: HTTPTimeouts) async throws -> (code: HTTPClientError.Code?, took: Duration) {
        let client = try HTTPClient.direct()
        let request = HTTPRequest(url: try await Peers.calmURL(path), timeouts: timeouts)
        let start = ContinuousClock.now
        let code = await client.failure(request, bodyBytesMax: 1 << 20)?.code
        return (code, start.duration(to: .now))
    }

    @Test(arguments: ["/silent", "/stall"])
    func `no byte for the idle time ends the request and the connection`(path: String) async throws {
        let target = "\(path)?t=\(unique())"
        let limit = Duration.milliseconds(200)
        let (code, took) = try await code(target, HTTPTimeouts(total: .seconds(20), idle: limit))
        #expect(code == .idleTimedOut(limit))
        #expect(took >= limit)
        #expect(took < .seconds(5))
        #expect(try await Peers.calm().hasPrinted("closed \(target)"))
    }

    @Test(arguments: ["/trickle", "/slow-head", "/silent"])
    func `the total time ends a request that is kept busy or waiting`(path: String) async throws {
        let target = "\(path)?t=\(unique())"
        let limit = Duration.milliseconds(300)
        let (code, took) = try await code(target, HTTPTimeouts(total: limit, idle: .seconds(10)))
        #expect(code == .timedOut(limit))
        #expect(took >= limit)
        #expect(try await Peers.calm().hasPrinted("closed \(target)"))
    }

    @Test func `bytes that trickle in keep the idle time from ending`() async throws {
        let (code, took) = try await code("/trickle-then-end", HTTPTimeouts(total: nil, idle: .seconds(1)))
        #expect(code == nil)
        #expect(took > .seconds(1))
    }

    @Test func `a TLS handshake that is not answered ends with the connect time`() async throws {
        let client = try HTTPClient.direct()
        let limit = Duration.milliseconds(250)
        let peer = try await Peer(PeerScripts.mute)
        let request = HTTPRequest(
            url: "https://127.0.0.1:\(peer.port)/", timeouts: HTTPTimeouts(connect: limit, total: .seconds(20), idle: .milliseconds(100)))
        let error = await client.failure(request, bodyBytesMax: 0)
        #expect(error?.code == .connectTimedOut(limit))
    }

    @Test func `a TCP connection that is not accepted ends with the connect time`() async throws {
        let client = try HTTPClient.direct()
        let peer = try await Peer(PeerScripts.full)
        let limit = Duration.milliseconds(250)
        let request = HTTPRequest(
            url: "http://127.0.0.1:\(peer.port)/", timeouts: HTTPTimeouts(connect: limit, total: .seconds(20), idle: nil))
        #expect(await client.failure(request)?.code == .connectTimedOut(limit))
    }

    @Test func `waiting for one's turn counts for the total time only`() async throws {
        let client = try HTTPClient.direct(requestsPerOriginMax: 1)
        let first = "/silent?t=\(unique())"
        let busy = HTTPRequest(url: try await Peers.calmURL(first), timeouts: HTTPTimeouts(total: .milliseconds(1500), idle: nil))
        async let blocker = client.failure(busy)
        #expect(try await Peers.calm().hasPrinted("request \(first)"))
        let quick = HTTPTimeouts(connect: .seconds(1), total: .seconds(20), idle: .seconds(1))
        let waited = try await client.send(HTTPRequest(url: await Peers.calmURL("/bytes/3"), timeouts: quick), bodyBytesMax: 3)
        #expect(waited.text == "bbb")
        #expect(await blocker?.code == .timedOut(.milliseconds(1500)))

        async let again = client.failure(busy)
        let limit = Duration.milliseconds(200)
        let late = HTTPRequest(url: try await Peers.calmURL("/silent"), timeouts: HTTPTimeouts(total: limit))
        let error = await client.failure(late, bodyBytesMax: 3)
        #expect(error?.code == .timedOut(limit))
        #expect(await again?.code == .timedOut(.milliseconds(1500)))
    }

    @Test func `a peer that does not read an upload is idle`() async throws {
        let client = try HTTPClient.direct()
        let limit = Duration.milliseconds(300)
        let request = HTTPRequest(
            method: "PUT", url: try await Peers.calmURL("/deaf"), body: .bytes([UInt8](repeating: 0, count: 20_000_000)),
            timeouts: HTTPTimeouts(total: .seconds(20), idle: limit))
        let error = await client.failure(request, bodyBytesMax: 0)
        #expect(error?.code == .idleTimedOut(limit))
    }

    @Test func `a peer that reads an upload slowly is not`() async throws {
        let client = try HTTPClient.direct()
        let request = HTTPRequest(
            method: "PUT", url: try await Peers.calmURL("/slowsink"), body: .bytes([UInt8](repeating: 0, count: 8_000_000)),
            timeouts: HTTPTimeouts(total: .seconds(20), idle: .seconds(1)))
        let error = await client.failure(request, bodyBytesMax: 0)
        guard case .connectionLost = error?.code else { return #expect(error == nil) }
    }
}
