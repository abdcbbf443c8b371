import Admin
import Core
import HTTPClient
import Testing

@Suite("Admin API") struct AdminServerTests {
    /// Runs a server that echoes what it was asked for, and a client without proxies.
    private func withServer(_ body: (String, HTTPClient) async throws -> Void) async throws {
        let server = try await AdminServer.start(on: ListenAddress(host: "127.0.0.1", port: 0)) { request in
            request.path == "/missing" ? .text(404, "none") : .text(200, "\(request.path) \(request.parameter("url") ?? "-")")
        }
        var configuration = HTTPClient.Configuration()
        configuration.proxy = .direct
        let client = try HTTPClient(configuration)
        do {
            try await body("http://\(server.address)", client)
        } catch {
            await client.shutdown()
            await server.stop()
            throw error
        }
        await client.shutdown()
        await server.stop()
    }

    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func `a handler sees path and decoded parameters`() async throws {
        try await withServer { url, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: url + "/a?x=1&url=a%2Fb+c%25"), bodyBytesMax: 1000)
            #expect(response.status == 200)
            #expect(text(response) == "/a a/b c%\n")
            #expect(response.headers.first("Cache-Control") == "no-store")
        }
    }

    @Test(arguments: ["/a?url=%2", "/a?url=%zz", "/a?url=%ff", "/a?url", "/a?", "/a"])
    func `a parameter that is absent or broken is none`(target: String) async throws {
        try await withServer { url, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: url + target), bodyBytesMax: 1000)
            #expect(text(response) == "/a -\n")
        }
    }

    @Test func `a handler's status is passed on`() async throws {
        try await withServer { url, client in
            let response = try await client.send(HTTPRequest(method: "GET", url: url + "/missing"), bodyBytesMax: 1000)
            #expect(response.status == 404)
        }
    }

    @Test func `only GET, HEAD and POST are answered`() async throws {
        try await withServer { url, client in
            let put = try await client.send(HTTPRequest(method: "PUT", url: url + "/a"), bodyBytesMax: 1000)
            #expect(put.status == 405 && put.headers.first("Allow") == "GET, HEAD, POST")
            let head = try await client.send(HTTPRequest(method: "HEAD", url: url + "/a"), bodyBytesMax: 1000)
            #expect(head.status == 200 && head.body.isEmpty && head.headers.first("Content-Length") == "5")
        }
    }

    @Test(arguments: [
        ("localhost", 200), ("127.0.0.1:1", 200), ("[::1]:9402", 200), ("evil.example", 421), ("evil.example:9402", 421), ("10.0.0.1", 421),
    ])
    func `a loopback address answers only for names of this machine`(host: String, status: Int) async throws {
        try await withServer { url, client in
            let request = HTTPRequest(method: "GET", url: url + "/a", headers: ["Host": host])
            let response = try await client.send(request, bodyBytesMax: 1000)
            #expect(response.status == status)
        }
    }

    @Test func `an address in use is an error that names it`() async throws {
        let first = try await AdminServer.start(on: ListenAddress(host: "127.0.0.1", port: 0)) { _ in .text(200, "") }
        let error = await #expect(throws: AdminError.self) { () async throws in
            _ = try await AdminServer.start(on: first.address) { _ in .text(200, "") }
        }
        #expect(error?.description.hasPrefix("cannot listen for the admin API on \(first.address): ") == true)
        await first.stop()
    }
}
