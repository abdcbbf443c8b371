import HTTPClient
import Testing

@Suite("Proxies") struct ProxyTests {
    let peer: Peer

    init() async throws { peer = try await Peer(PeerScripts.proxy, ["user:secret"]) }

    var address: String { "http://user:secret@127.0.0.1:\(peer.port)" }

    func client(_ proxy: HTTPProxy, roots: [UInt8]? = nil) throws -> HTTPClient {
        try HTTPClient(HTTPClient.Configuration(caBundlePEM: roots, proxy: proxy))
    }

    @Test func `an http request goes through it with an absolute URL, and keeps the password from the origin`() async throws {
        let port = try await Peers.plain().port
        let client = try client(.url(address))
        let response = try await client.send(HTTPRequest(url: "http://service.test:\(port)/echo?x=1"), bodyBytesMax: 1000)
        #expect(peer.printed(prefix: "GET service.test:\(port)").count == 1)
        #expect(response.text.contains("Via: 1.1 peer"))
    }

    @Test func `an https request is tunnelled, and the proxy's fields are not the origin's`() async throws {
        let port = try await Peers.tls().port
        let client = try client(.url(address), roots: await Certificates.shared().bytes("ca.pem"))
        let response = try await client.send(HTTPRequest(url: "https://service.test:\(port)/echo"), bodyBytesMax: 1000)
        #expect(response.status == 200)
        #expect(!response.headers.contains("X-Proxy-Only"))
        #expect(!response.text.contains("roxy-"))
        #expect(await peer.hasPrinted("CONNECT service.test:\(port)"))
    }

    @Test func `a tunnel leads to the URL's host also when the certificate has another name`() async throws {
        let port = try await Peers.tls().port
        var configuration = HTTPClient.Configuration(caBundlePEM: try await Certificates.shared().bytes("ca.pem"), proxy: .url(address))
        configuration.tlsServerName = "localhost"
        let url = "https://other.test:\(port)/echo"
        let response = try await HTTPClient(configuration).send(HTTPRequest(url: url), bodyBytesMax: 1000)
        #expect(response.status == 200)
        #expect(await peer.hasPrinted("CONNECT other.test:\(port)"))
    }

    @Test func `excepted hosts are reached directly`() async throws {
        let client = try client(.url(address, except: "10.0.0.0/8, 127.0.0.0/8"))
        #expect(try await client.send(HTTPRequest(url: await Peers.url("/bytes/1")), bodyBytesMax: 1).text == "b")
        #expect(peer.printed(prefix: "GET").isEmpty)
    }

    @Test func `its refusal, silence and absence are its own, without its password`() async throws {
        let client = try client(.url(address))
        let refused = await client.failure(HTTPRequest(url: "https://refused.test:443/p?q"))
        #expect(refused?.code == .proxyFailed("status 403 to CONNECT"))

        let unauthorized = try await self.client(.url("127.0.0.1:\(peer.port)")).failure(HTTPRequest(url: "https://service.test/"))
        #expect(unauthorized?.code == .proxyFailed("status 407 to CONNECT"))

        let limit = Duration.milliseconds(200)
        let timeouts = HTTPTimeouts(connect: limit, total: nil, idle: nil)
        let silent = await client.failure(HTTPRequest(url: "https://hang.test:443/", timeouts: timeouts))
        #expect(silent?.code == .connectTimedOut(limit))
        #expect(await peer.hasPrinted("closed hang.test:443"))

        let absent = try await self.client(.url("http://user:secret@127.0.0.1:1")).failure(HTTPRequest(url: "http://service.test/"))
        guard case .proxyFailed(let words) = absent?.code else { return #expect(absent == nil) }
        #expect(words.contains("refused"))
        let unknown = try await self.client(.url("http://user:secret@no-such-proxy.invalid:1")).failure(
            HTTPRequest(url: "http://service.test/"))
        guard case .proxyFailed = unknown?.code else { return #expect(unknown == nil) }
        for error in [refused, unauthorized, silent, absent, unknown] { #expect(error?.description.contains("secret") == false) }
    }
}
