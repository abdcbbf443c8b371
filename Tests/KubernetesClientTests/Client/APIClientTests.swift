internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("The client of the API server") struct APIClientTests {
    let server: FakeAPIServer
    let time = ManualTime()
    let client: APIClient

    init() async throws {
        server = try await FakeAPIServer()
        server.put(APIRequest.configMap("a"))
        client = APIClient(server.configuration, time: time)
    }

    @Test func `an error carries the reason and message of the Status object and names the object`() async {
        let error = await client.failure(.get(.secrets, namespace: "shop", name: "web-tls"))
        #expect(error?.code == .notFound && error?.reason == "NotFound" && error?.httpStatus == 404)
        #expect(error?.description == "get secrets shop/web-tls: secrets \"web-tls\" not found (404 NotFound)")
    }

    @Test func `requests go over one connection, with our names and types`() async throws {
        for _ in 0..<5 { _ = try await client.send(.getA) }
        _ = try await client.send(.createB)
        #expect(Set(server.requests.map(\.connection)) == [1])
        let request = try #require(server.requests(.create).first)
        #expect(request.headers["content-type"] == "application/json" && request.query["fieldManager"] == "certctl")
        #expect(request.headers["accept"] == "application/json" && request.headers["user-agent"] == Version.userAgent)
        #expect(request.headers["authorization"] == nil)
        let body = APIRequest.configMap("a").json
        _ = try await client.send(.apply(.configMaps, namespace: "shop", name: "a", body: body, force: true))
        #expect(server.requests.last?.headers["content-type"] == "application/apply-patch+yaml")
    }

    @Test func `parameters arrive as they were meant`() async throws {
        _ = try await client.send(.list(.configMaps, labelSelector: "a/b=ä & c+d,!x", fieldSelector: "metadata.name=a", limit: 500))
        let query = try #require(server.requests.last?.query)
        #expect(query == ["labelSelector": "a/b=ä & c+d,!x", "fieldSelector": "metadata.name=a", "limit": "500"])
    }

    @Test func `a server that asks for patience gets it, in both forms`() async throws {
        server.script(.tooManyRequests(retryAfter: "3"))
        server.script(.status(503, reason: "ServiceUnavailable", retryAfter: "Mon, 01 Jun 2026 12:00:10 GMT"))
        _ = try await client.send(.createB)
        #expect(server.requests(.create).map(\.status) == [429, 503, 201])
        let slept = time.slept.map(\.seconds)
        #expect(slept.count == 2 && (3..<3.2).contains(slept[0]) && (6.8..<7.2).contains(slept[1]), "\(slept)")
    }

    @Test func `patience ends after some attempts, with the server's words`() async {
        server.script(.tooManyRequests(retryAfter: "1"), times: 10)
        let error = await client.failure(.getA)
        #expect(error?.code == .tooManyRequests && error?.retryAfter == .seconds(1))
        #expect(server.requests.count == Limits.attemptsMax)
        server.repair()
        server.script(.tooManyRequests(retryAfter: "3600"))
        #expect(await client.failure(.getA)?.retryAfter == .seconds(3600))
        #expect(server.requests.count == Limits.attemptsMax + 1)
    }

    @Test func `a server that fails is asked again for reading, not for writing`() async throws {
        server.script(.status(500, reason: "InternalError"), at: .get)
        _ = try await client.send(.getA)
        server.script(.status(500, reason: "InternalError"), at: .create)
        #expect(await client.failure(.createB)?.code == .serverError)
        #expect(server.requests(.create).count == 1)
    }

    @Test func `a cut connection is tried again for reading, not for writing`() async throws {
        server.script(.closeBefore, at: .get)
        server.script(.cutAnswer, at: .get)
        _ = try await client.send(.getA)
        // A client of its own, since libcurl itself repeats what a kept connection loses before the answer.
        let fresh = APIClient(server.configuration, time: time)
        server.script(.closeAfter, at: .create)
        #expect(await fresh.failure(.createB)?.code == .unreachable)
        #expect(server.requests(.create).count == 1)
        #expect(server.object(.configMaps, namespace: "shop", name: "b") != nil)
    }

    @Test func `a server that is away is unreachable, and found again on its port`() async throws {
        await server.goAway()
        let error = await client.failure(.createB)
        #expect(error?.code == .unreachable && error?.isTransient == true)
        #expect(error?.description.contains("create configmaps shop/b") == true, "\(error.map(\.description) ?? "")")
        #expect(error?.description.contains("refused") == true, "\(error.map(\.description) ?? "")")
        #expect(time.slept.count == Limits.attemptsMax - 1)
        try await server.comeBack()
        _ = try await client.send(.createB)
    }

    @Test func `what is no answer of an API server is told as it is`() async {
        server.script(.answer(status: 502, contentType: "text/html", body: Array("<h1>bad\r\ngateway</h1>".utf8)))
        var once = APIRequest.getA
        once.attemptsMax = 1
        let error = await client.failure(once)
        #expect(error?.code == .serverError && error?.message == "the API server answered with status 502 and no message")
        server.script(.answer(status: 302, headers: [("Location", server.url + "/readyz")], body: []))
        #expect(await client.failure(once)?.code == .badResponse)
        #expect(!server.requests.contains { $0.path == "/readyz" })
    }

    @Test func `an answer may be as long as allowed and no longer`() async throws {
        var request = APIRequest.getA
        let length = try await client.send(request).body.count
        request.responseBytesMax = length
        _ = try await client.send(request)
        request.responseBytesMax = length - 1
        #expect(await client.failure(request)?.code == .badResponse)
    }

    @Test func `a server that does not answer is given up after the timeout`() async throws {
        _ = try await client.send(.getA)
        server.script(.hang, times: 2)
        var request = APIRequest.getA
        request.timeout = .milliseconds(500)
        let error = await client.failure(request)
        #expect(error?.code == .timeout && error?.httpStatus == nil)
        #expect(time.slept.isEmpty)
    }

    @Test func `cancelling ends a request at once, also while it waits to be repeated`() async throws {
        server.script(.hang)
        let hanging = Task { await client.failure(.getA) }
        #expect(await eventually { server.requests.count == 1 })
        hanging.cancel()
        #expect(await hanging.value?.code == .cancelled)
        let still = ControlledTime(passing: .zero)
        let patient = APIClient(server.configuration, time: still)
        server.script(.tooManyRequests(retryAfter: "5"))
        let waiting = Task { await patient.failure(.getA) }
        #expect(await eventually { still.sleeperCount == 1 })
        waiting.cancel()
        #expect(await waiting.value?.code == .cancelled)
    }

    @Test func `shutting down fails what is under way and what comes`() async throws {
        server.script(.hang)
        let hanging = Task { await client.failure(.getA) }
        #expect(await eventually { server.requests.count == 1 })
        await client.shutdown()
        #expect(await hanging.value?.code == .closed)
        #expect(await client.failure(.getA)?.code == .closed)
    }

    @Test func `the server's complaint about a Secret is not repeated`() async {
        let words = "unable to parse: c2VjcmV0IGtleQ=="
        for status in [400, 415] {
            server.script(.status(status, reason: "BadRequest", message: words), times: 2)
            let body = Array("{}".utf8)
            let secret = await client.failure(.create(.secrets, namespace: "shop", name: "s", body: body))
            #expect(secret?.code == .badRequest && secret?.description.contains("c2Vj") == false)
            let other = await client.failure(.create(.configMaps, namespace: "shop", name: "s", body: body))
            #expect(other?.description.contains(words) == true)
        }
    }

    @Test func `words of others are one line of bounded length`() async {
        let long = "first\nsecond\u{202E}\u{0}" + String(repeating: "x", count: 5000)
        server.script(.status(403, reason: "Forbidden", message: long))
        let error = await client.failure(.getA)
        #expect(error?.code == .forbidden)
        #expect(error.map { $0.message.hasPrefix("first second") && $0.message.utf8.count <= Limits.wordsBytesMax + 3 } == true)
    }
}
