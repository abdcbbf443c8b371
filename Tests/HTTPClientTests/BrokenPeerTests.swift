import Testing

@testable import HTTPClient

@Suite("Peers that break the rules, RFC 9112") struct BrokenPeerTests {
    let client: HTTPClient

    init() throws { client = try .direct(timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(8), idle: .seconds(4))) }

    func code(_ path: String, bodyBytesMax: Int = 1 << 20) async throws -> HTTPClientError.Code? {
        let request = HTTPRequest(url: try await Peers.url(path))
        return await client.failure(request, bodyBytesMax: bodyBytesMax)?.code
    }

    @Test(arguments: ["/cut", "/cut-chunk", "/reset", "/no-answer"])
    func `a connection that ends early is lost`(path: String) async throws {
        guard case .connectionLost = try await code(path) else { return #expect(try await code(path) == nil) }
    }

    @Test(arguments: ["/garbage", "/switching", "/two-lengths", "/bad-chunk"])
    func `what is not HTTP is said not to be`(path: String) async throws {
        guard case .protocolError = try await code(path) else { return #expect(try await code(path) == nil) }
    }

    @Test func `bytes after the declared length are not part of the answer`() async throws {
        #expect(try await client.send(HTTPRequest(url: await Peers.url("/longer")), bodyBytesMax: 100).text == "four")
        // And they are no answer to the next request.
        #expect(try await client.send(HTTPRequest(url: await Peers.url("/echo")), bodyBytesMax: 1000).status == 200)
    }

    @Test func `a head of the limit is taken, one byte more is refused`() async throws {
        let limit = Limits.headBytesMax
        #expect(try await client.send(HTTPRequest(url: await Peers.url("/head-bytes/\(limit)")), bodyBytesMax: 100).text == "ok")
        #expect(try await code("/head-bytes/\(limit + 1)") == .headTooLarge(limitBytes: limit))
    }

    @Test(arguments: ["/endless-headers", "/endless-line", "/endless-interim"])
    func `a head without an end is refused`(path: String) async throws {
        #expect(try await code(path) == .headTooLarge(limitBytes: Limits.headBytesMax))
    }

    @Test func `nobody listening is a failed connection`() async throws {
        let request = HTTPRequest(url: "http://127.0.0.1:1/")
        let error = await client.failure(request, bodyBytesMax: 0)
        guard case .connectFailed(let words) = error?.code else { return #expect(error == nil) }
        #expect(words.contains("refused"))
        #expect(error?.isTransient == true)
    }

    @Test func `a name without an address is named`() async throws {
        let request = HTTPRequest(url: "https://user:secret@no-such-host.invalid/path?token=secret")
        let error = await client.failure(request, bodyBytesMax: 0)
        #expect(error?.code == .nameNotResolved(host: "no-such-host.invalid"))
        #expect(error?.description == "GET https://no-such-host.invalid/path: no address found for no-such-host.invalid")
    }
}
