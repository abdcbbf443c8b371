import HTTPClient
import Testing

@Suite("TLS") struct TLSTests {
    let certificates: Certificates

    init() async throws { certificates = try await .shared() }

    func client(
        roots: String? = "ca.pem", certificate: String? = nil, insecure: Bool = false, serverName: String? = nil
    ) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration(insecureSkipVerify: insecure, proxy: .direct)
        configuration.caBundlePEM = try roots.map { try certificates.bytes($0) }
        configuration.tlsServerName = serverName
        configuration.clientCertificatePEM = try certificate.map { try certificates.bytes($0 + ".pem") }
        configuration.clientKeyPEM = try certificate.map { try certificates.bytes($0 + ".key") }
        return try HTTPClient(configuration)
    }

    func words(_ client: HTTPClient, _ url: String) async -> String? {
        let error = await client.failure(HTTPRequest(url: url))
        if case .tlsFailed(let words) = error?.code { return words }
        return error.map { "not a TLS failure: \($0)" }
    }

    func server(_ name: String) async throws -> Peer {
        try await Peer(PeerScripts.server, [certificates.path(name + ".pem"), certificates.path(name + ".key")])
    }

    @Test func `a server of the given roots is trusted, by name and by address`() async throws {
        let client = try client()
        for host in ["localhost", "127.0.0.1"] {
            let response = try await client.send(HTTPRequest(url: "https://\(host):\(try await Peers.tls().port)/bytes/3"), bodyBytesMax: 3)
            #expect(response.text == "bbb")
        }
    }

    @Test func `a server of other roots is refused, with the reason`() async throws {
        let url = "https://localhost:\(try await Peers.tls().port)/"
        #expect(await words(try client(roots: nil), url)?.contains("unable to get local issuer certificate") == true)
        #expect(await words(try client(roots: "other.pem"), url)?.contains("unable to get local issuer certificate") == true)
        #expect(try await client(roots: nil, insecure: false).failure(HTTPRequest(url: url))?.isTransient == false)
    }

    @Test func `a certificate for another name or from another time is refused`() async throws {
        let (wrong, expired) = (try await server("wrongname"), try await server("expired"))
        #expect(await words(try client(), "https://localhost:\(wrong.port)/")?.contains("no alternative certificate subject name") == true)
        #expect(await words(try client(), "https://localhost:\(expired.port)/")?.contains("expired") == true)
    }

    @Test func `another name than the host's is asked for and checked where the configuration says so`() async throws {
        let peer = try await server("wrongname")
        let client = try client(serverName: "elsewhere.test")
        for host in ["localhost", "127.0.0.1"] {
            let url = "https://\(host):\(peer.port)/echo/a?b=c"
            let response = try await client.send(HTTPRequest(url: url), bodyBytesMax: 4096)
            #expect(response.text.contains("/echo/a?b=c") && response.text.contains("\(host):\(peer.port)"), "\(response.text)")
            #expect(!response.text.contains("elsewhere"))
        }
        #expect(await peer.hasPrinted("sni elsewhere.test"))
        let stream = try await client.stream(HTTPRequest(url: "https://localhost:\(peer.port)/bytes/3"))
        #expect(stream.status == 200)
        let other = try self.client(serverName: "other.test")
        #expect(await words(other, "https://localhost:\(peer.port)/")?.contains("other.test") == true)
        let plain = try await client.send(HTTPRequest(url: "http://127.0.0.1:\(try await Peers.plain().port)/bytes/3"), bodyBytesMax: 3)
        #expect(plain.status == 200)
    }

    @Test func `nothing is checked when nothing shall be`() async throws {
        let wrong = try await server("wrongname")
        let response = try await client(roots: nil, insecure: true).send(
            HTTPRequest(url: "https://localhost:\(wrong.port)/bytes/3"), bodyBytesMax: 3)
        #expect(response.status == 200)
    }

    @Test func `a server that asks for a certificate gets the one from memory, and refuses none or another's`() async throws {
        let peer = try await Peer(
            PeerScripts.server, [certificates.path("server.pem"), certificates.path("server.key"), certificates.path("ca.pem")])
        let url = "https://localhost:\(peer.port)/bytes/3"
        let response = try await client(certificate: "client").send(HTTPRequest(url: url), bodyBytesMax: 3)
        #expect(response.text == "bbb")
        #expect(await words(try client(), url)?.contains("certificate required") == true)
        #expect(await words(try client(certificate: "stranger"), url)?.contains("alert") == true)
    }

    @Test func `a key that is not the certificate's fails without being shown`() async throws {
        var configuration = HTTPClient.Configuration(caBundlePEM: try certificates.bytes("ca.pem"), proxy: .direct)
        configuration.clientCertificatePEM = try certificates.bytes("client.pem")
        configuration.clientKeyPEM = try certificates.bytes("stranger.key")
        let client = try HTTPClient(configuration)
        let text = await words(client, "https://localhost:\(try await Peers.tls().port)/")
        #expect(text?.contains("does not match") == true || text?.contains("private key") == true, "\(text ?? "")")
        #expect(text?.contains("BEGIN") == false)
    }

    @Test func `plain text from the server is a TLS failure`() async throws {
        #expect(await words(try client(), "https://127.0.0.1:\(try await Peers.plain().port)/") != nil)
    }

    @Test func `a CA bundle without a certificate, or half of a client certificate, makes no client`() throws {
        func code(_ configuration: HTTPClient.Configuration) -> HTTPClientError.Code? {
            do throws(HTTPClientError) {
                _ = try HTTPClient(configuration)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(.init(caBundlePEM: [1, 2])) == .invalidConfiguration("the CA bundle has no PEM certificate"))
        let half = HTTPClientError.Code.invalidConfiguration("a client certificate needs its key, and a key its certificate")
        #expect(code(.init(clientCertificatePEM: [1])) == half)
        #expect(code(.init(clientKeyPEM: [1])) == half)
        let name = HTTPClientError.Code.invalidConfiguration("the TLS server name is neither a host name nor an address")
        #expect(code(.init(tlsServerName: "a b")) == name)
        #expect(code(.init(tlsServerName: "")) == name)
        #expect(code(.init(requestsPerOriginMax: 0)) == .invalidConfiguration("0 requests per origin, at least 1 is needed"))
        #expect(code(.init(userAgent: "a\r\nb")) == .invalidConfiguration("the user agent has a byte that is not printable ASCII"))
    }
}
