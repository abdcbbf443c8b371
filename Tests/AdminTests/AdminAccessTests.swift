import Core
import FoundationEssentials
import HTTPClient
import Issuance
import Testing

@testable import Admin

@Suite("Admin API, who may change something") struct AdminAccessTests {
    private static let token = "0123456789abcdef-~+/="

    /// Sends one POST to a server that answers with the length of the body.
    private func post(
        _ headers: [String: String], body: [UInt8] = [], to address: ListenAddress = ListenAddress(host: "127.0.0.1", port: 0),
        token: String? = nil
    ) async throws -> (status: Int, failure: OperationFailure?) {
        let access = try token.map { try #require(AdminAccess(bearerToken: Array($0.utf8))) } ?? .loopbackOnly
        let server = try await AdminServer.start(on: address, credentials: AdminCredentials(access)) { request in
            request.method == .post ? .text(200, "\(request.body.count)") : .text(500, "no POST")
        }
        var configuration = HTTPClient.Configuration()
        configuration.proxy = .direct
        let client = try HTTPClient(configuration)
        let request = HTTPRequest(
            method: "POST", url: "http://127.0.0.1:\(server.address.port)/x", headers: HTTPFields(headers.map { ($0.key, $0.value) }),
            body: .bytes(body))
        let answer: HTTPResponse
        do {
            answer = try await client.send(request, bodyBytesMax: 10_000)
        } catch {
            await client.shutdown()
            await server.stop()
            throw error
        }
        await client.shutdown()
        await server.stop()
        let failure = try? AdminJSON.decoder().decode(AdminResponse.FailureBody.self, from: Data(answer.body)).error
        if answer.status == 200 { #expect(String(decoding: answer.body, as: UTF8.self) == "\(body.count)\n") }
        return (answer.status, failure)
    }

    @Test func `on a loopback address the header is enough`() async throws {
        #expect(try await post([AdminAccess.header: "1"], body: Array("{}".utf8)).status == 200)
    }

    @Test(arguments: [
        [:], ["Content-Type": "application/json"], [AdminAccess.header: "1", "Origin": "http://localhost:9402"],
        [AdminAccess.header: "1", "Origin": "null"],
    ])
    func `what a page in a browser can send is refused`(headers: [String: String]) async throws {
        let answer = try await post(headers)
        #expect(answer.status == 403 && answer.failure?.code == .unauthorized)
    }

    @Test func `a name that was rebound to this machine is refused`() async throws {
        #expect(try await post([AdminAccess.header: "1", "Host": "evil.example"]).status == 421)
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Basic 0123456789abcdef-~+/=", "Bearer 0123456789abcdef-~+/", "Bearer 0123456789abcdef-~+/==",
        "Bearer 0123456789abcdef-~+/+", "0123456789abcdef-~+/=",
    ])
    func `another token than the right one is refused, and not repeated`(authorization: String?) async throws {
        var headers = [AdminAccess.header: "1"]
        headers["Authorization"] = authorization
        let answer = try await post(headers, token: Self.token)
        #expect(answer.status == 403 && answer.failure?.code == .unauthorized)
        #expect(answer.failure?.description.contains("0123456789") == false)
    }

    @Test(arguments: ["Bearer ", "bearer "]) func `the right token opens`(scheme: String) async throws {
        #expect(try await post([AdminAccess.header: "1", "Authorization": scheme + Self.token], token: Self.token).status == 200)
    }

    @Test func `elsewhere than on a loopback address nobody gets in without a token`() async throws {
        let everywhere = ListenAddress(host: "0.0.0.0", port: 0)
        let closed = try await post([AdminAccess.header: "1"], to: everywhere)
        #expect(closed.status == 403 && closed.failure?.allowed?.contains("--admin-token-file") == true)
        #expect(
            try await post([AdminAccess.header: "1", "Authorization": "Bearer " + Self.token], to: everywhere, token: Self.token).status
                == 200)
    }

    @Test func `a body is taken up to its limit`() async throws {
        let most = [UInt8](repeating: 1, count: AdminLimits.bodyBytesMax)
        #expect(try await post([AdminAccess.header: "1"], body: most).status == 200)
        let tooLong = try? await post([AdminAccess.header: "1"], body: most + [1])
        // The connection closes, which a client may notice before it has read the answer.
        #expect(tooLong == nil || tooLong?.status == 413)
    }

    @Test(arguments: [15, 16, 4096, 4097]) func `a token has a length`(count: Int) {
        let token = AdminAccess(bearerToken: [UInt8](repeating: UInt8(ascii: "a"), count: count))
        #expect((token != nil) == (16...4096).contains(count))
    }

    @Test(arguments: [" ", "\n", "\0", "é", "\"", ","]) func `a token has no other characters than RFC 6750 allows`(character: String) {
        #expect(AdminAccess(bearerToken: Array(("0123456789abcdef" + character).utf8)) == nil)
    }

    @Test func `comparing tokens finds every difference`() {
        let token = Array("0123456789abcdef".utf8)
        #expect(AdminAccess.isSame(token, token))
        for index in token.indices {
            var other = token
            other[index] ^= 1
            #expect(!AdminAccess.isSame(other, token))
        }
        #expect(!AdminAccess.isSame([], token) && !AdminAccess.isSame(token + token, token) && !AdminAccess.isSame(token.dropLast(), token))
    }
}

@Suite("Admin API, bodies") struct AdminBodyTests {
    private func decode(_ text: String) throws -> RenewalRequest {
        try AdminBody.decode(RenewalRequest.self, from: Array(text.utf8), fields: ["secrets", "allDue"])
    }

    @Test func `what is asked for is read`() throws {
        #expect(try decode(#"{"secrets": ["a/b"]}"#) == RenewalRequest(secrets: ["a/b"]))
        #expect(try decode(#"{"allDue": true}"#) == .everythingDue)
    }

    @Test(arguments: [
        (#"{"secret": "a/b"}"#, "it has an unknown member; got \"secret\"; allowed: secrets, allDue"),
        (#"{"secrets": "a/b"}"#, "member secrets: it has the wrong type; allowed: a list"),
        (#"{"secrets": [1]}"#, "member secrets.0: it has the wrong type; allowed: a string"),
        (#"{"allDue": "yes"}"#, "member allDue: it has the wrong type; allowed: true or false"),
        ("[]", "wrong type"), ("", "it is not JSON"), ("{", "it is not JSON"), ("\u{0}", "it is not JSON"),
    ])
    func `what is wrong is named`(text: String, message: String) {
        let failure = #expect(throws: OperationFailure.self) { try decode(text) }
        #expect(failure?.code == .badRequest && failure?.description.contains(message) == true, "\(String(describing: failure))")
    }
}
