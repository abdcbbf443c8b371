internal import Core
internal import PKI
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("Credentials that change") struct CredentialTests {
    let folder: TemporaryFolder
    let time = ManualTime()

    init() throws { folder = try TemporaryFolder("credentials") }

    func server(_ tls: FakeAPIServer.TLS? = nil) async throws -> FakeAPIServer {
        let server = try await FakeAPIServer(tls: tls)
        server.put(APIRequest.configMap("a"))
        return server
    }

    func client(_ server: FakeAPIServer, _ bearer: Credentials.Bearer) -> APIClient {
        var configuration = server.configuration
        configuration.credentials.bearer = bearer
        return APIClient(configuration, time: time)
    }

    var tokenFile: Credentials.Bearer { .token(.file(folder.path + "/token")) }

    @Test func `a fixed token is sent, and refused once and for all`() async throws {
        let server = try await server()
        server.accept(authorizations: ["Bearer abc"])
        var configuration = server.configuration
        configuration.credentials = .token("abc")
        _ = try await APIClient(configuration).send(.getA)
        configuration.credentials = .token("wr0ng")
        let error = await APIClient(configuration).failure(.getA)
        #expect(error?.code == .unauthorized && error?.description.contains("wr0ng") == false)
        #expect(server.requests.map(\.status) == [200, 401])
    }

    @Test func `user name and password go by the Basic scheme, RFC 7617`() async throws {
        let server = try await server()
        _ = try await client(server, .basic(user: "Aladdin", password: SecretBytes(Array("open sesame".utf8)))).send(.getA)
        #expect(server.requests.last?.headers["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test func `a token file that was replaced is read anew, without a refusal`() async throws {
        let server = try await server()
        try folder.write("one\n", to: "token")
        let client = client(server, tokenFile)
        _ = try await client.send(.getA)
        try folder.write("two\n", to: "token")
        time.advance(by: Limits.credentialAgeMax)
        _ = try await client.send(.getA)
        #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer one", "Bearer two"])
        #expect(Set(server.requests.map(\.connection)) == [1])
    }

    @Test func `a refused token is read anew at once, also for a watch, and the request sent again once`() async throws {
        let server = try await server()
        server.accept(authorizations: ["Bearer one"])
        try folder.write("one", to: "token")
        let client = client(server, tokenFile)
        _ = try await client.send(.getA)
        try folder.write("two", to: "token")
        server.accept(authorizations: ["Bearer two"])
        _ = try await client.send(.getA)
        try folder.write("three", to: "token")
        server.accept(authorizations: ["Bearer three"])
        _ = try await client.watch(.watch(.configMaps, resourceVersion: nil, timeout: .seconds(60)))
        #expect(server.requests.map(\.status) == [200, 401, 200, 401, 200])
        server.accept(authorizations: [])
        #expect(await client.failure(.getA)?.code == .unauthorized)
        #expect(server.requests.count == 6)
    }

    @Test func `a token file that goes away is used on, one that was never there is an error that names it`() async throws {
        let server = try await server()
        try folder.write("one", to: "token")
        let client = client(server, tokenFile)
        _ = try await client.send(.getA)
        try folder.write(" \n", to: "token")
        time.advance(by: .seconds(60))
        _ = try await client.send(.getA)
        #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer one", "Bearer one"])
        let error = await self.client(server, .token(.file("/nowhere/token"))).failure(.getA)
        #expect(error?.code == .configuration && error?.isTransient == false)
        #expect(error?.description == "get configmaps shop/a: token file /nowhere/token: there is no such file")
        try folder.write("one\u{7}two", to: "token")
        let odd = await self.client(server, tokenFile).failure(.getA)
        #expect(odd?.code == .configuration && odd?.description.contains("printable") == true && odd?.description.contains("two") == false)
    }

    @Test func `a server is trusted by the given CA, by the right name, or not at all`() async throws {
        let authority = try TestAuthority()
        let server = try await server(.init(keyPair: try authority.server()))
        var configuration = server.configuration
        configuration.certificateAuthority = .data(SecretBytes(authority.pem))
        _ = try await APIClient(configuration).send(.getA)
        configuration.tlsServerName = "other.test"
        #expect(await APIClient(configuration, time: time).failure(.getA)?.description.contains("other.test") == true)
        configuration.tlsServerName = nil
        configuration.certificateAuthority = .data(SecretBytes(try TestAuthority().pem))
        let error = await APIClient(configuration, time: time).failure(.getA)
        #expect(error?.code == .unreachable && error?.description.contains("TLS failed") == true)
        configuration.certificateAuthority = nil
        configuration.insecureSkipTLSVerify = true
        _ = try await APIClient(configuration).send(.getA)
        configuration.certificateAuthority = .data(SecretBytes(Array("no PEM".utf8)))
        let broken = await APIClient(configuration).failure(.getA)
        #expect(broken?.code == .configuration && broken?.description.contains("the CA bundle has no PEM certificate") == true)
    }

    @Test func `a server is reached by address and known by name`() async throws {
        let authority = try TestAuthority()
        let server = try await server(.init(keyPair: try authority.server([try DNSName(parsing: "api.test")])))
        var configuration = server.configuration
        configuration.certificateAuthority = .data(SecretBytes(authority.pem))
        configuration.tlsServerName = "api.test"
        let client = APIClient(configuration)
        _ = try await client.send(.getA)
        _ = try await client.watch(.watch(.configMaps, resourceVersion: nil, timeout: .seconds(60)))
        #expect(server.requests.first?.headers["host"] == "127.0.0.1:\(server.port)")
    }

    @Test func `client certificates and CAs that were replaced make a new connection, watches stay`() async throws {
        let (authority, next) = (try TestAuthority(), try TestAuthority("next ca"))
        let (one, two) = (try TestAuthority.client("one"), try TestAuthority.client("two"))
        let trusted = Array((one.certificateText + two.certificateText).utf8)
        let server = try await server(.init(keyPair: try authority.server(), clientAuthorityPEM: trusted))
        func write(_ pair: TLSKeyPair, _ authority: TestAuthority) throws {
            try folder.write(pair.certificateText, to: "tls.crt")
            try folder.write(pair.keyText, to: "tls.key")
            try folder.write(String(decoding: authority.pem, as: UTF8.self), to: "ca.crt")
        }
        try write(one, authority)
        var configuration = server.configuration
        configuration.certificateAuthority = .file(folder.path + "/ca.crt")
        configuration.credentials.clientCertificate = .init(
            certificate: .file(folder.path + "/tls.crt"), key: .file(folder.path + "/tls.key"))
        let client = APIClient(configuration, time: time)
        _ = try await client.send(.getA)
        let watch = try await client.watch(.watch(.configMaps, resourceVersion: "1", timeout: .seconds(60)))
        try write(two, authority)
        time.advance(by: .seconds(2))
        _ = try await client.send(.getA)
        #expect(server.requests.map(\.clientCertificate) == ["one", "one", "two"])
        server.put(APIRequest.configMap("b"))
        var events = watch.makeAsyncIterator()
        #expect(try await events.next() != nil)
        try write(two, next)
        time.advance(by: .seconds(2))
        #expect(await client.failure(.getA)?.description.contains("TLS failed") == true)
        let reader = Task {
            var events = watch.makeAsyncIterator()
            while try await events.next() != nil {}
        }
        await client.shutdown()
        await #expect(throws: APIError.self) { try await reader.value }
    }
}
