import HTTPClient
import Testing

@Suite("HTTP/2, RFC 9113") struct HTTP2Tests {
    let client: HTTPClient
    let nginx: Peer

    init() async throws {
        let certificates = try await Certificates.shared()
        let folder = certificates.path("nginx-\(unique())")
        nginx = try await Peer(
            PeerScripts.nginx,
            [folder, certificates.path("server.pem"), certificates.path("server.key"), "\(try await Peers.plain().port)"])
        client = try HTTPClient(HTTPClient.Configuration(caBundlePEM: certificates.bytes("ca.pem"), proxy: .direct))
    }

    func url(_ path: String) -> String { "https://localhost:\(nginx.port)\(path)" }

    @Test func `it is used where it is offered, one request at a time on a connection`() async throws {
        let first = try await client.send(HTTPRequest(url: url("/which")), bodyBytesMax: 100).text
        #expect(first.hasPrefix("HTTP/2.0 "))
        #expect(try await client.send(HTTPRequest(url: url("/which")), bodyBytesMax: 100).text == first)
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<60 { group.addTask { try await client.send(HTTPRequest(url: url("/which")), bodyBytesMax: 100).text } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/2.0 ") })
        #expect(Set(answers).count <= client.configuration.requestsPerOriginMax)
    }

    @Test func `bodies go both ways and the caps hold`() async throws {
        let body = [UInt8](repeating: 0x62, count: 300_000)
        let echo = try await client.send(HTTPRequest(method: "POST", url: url("/echo"), body: .bytes(body)), bodyBytesMax: 400_000)
        #expect(echo.body.suffix(body.count).elementsEqual(body))
        let error = await client.failure(HTTPRequest(url: url("/bytes/300000")), bodyBytesMax: 299_999)
        #expect(error?.code == .bodyTooLarge(limitBytes: 299_999))
        let target = "/endless-chunks?t=\(unique())"
        #expect(await client.failure(HTTPRequest(url: url(target)))?.code == .bodyTooLarge(limitBytes: 1 << 20))
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `cancelling closes the connection`() async throws {
        let target = "/silent?t=\(unique())"
        let request = HTTPRequest(url: url(target))
        let task = Task { await client.failure(request) }
        #expect(try await Peers.plain().hasPrinted("request \(target)"))
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        // nginx then gives up its own request.
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `a stream that nobody reads holds up no other request`() async throws {
        // A connection that speaks HTTP/2 is there already, and must not make others look as if they did.
        #expect(try await client.send(HTTPRequest(url: url("/which")), bodyBytesMax: 100).status == 200)
        let stream = try await client.stream(HTTPRequest(url: url("/flood")))
        for _ in 0..<5 {
            #expect(try await client.send(HTTPRequest(url: url("/bytes/100000")), bodyBytesMax: 100_000).body.count == 100_000)
        }
        #expect(stream.status == 200)
    }
}
