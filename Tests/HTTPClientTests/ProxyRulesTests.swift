import Testing

@testable import HTTPClient

@Suite("Which proxy: HTTPS_PROXY, HTTP_PROXY, NO_PROXY") struct ProxyRulesTests {
    func proxy(_ url: String, _ environment: [String: String]) throws -> String? {
        try ProxyRules(.environment, environment: environment).proxy(for: RequestURL(parsing: url).origin)
    }

    @Test func `the scheme picks the variable and lower case wins`() throws {
        let environment = ["HTTPS_PROXY": "http://s:1", "HTTP_PROXY": "http://p:1", "https_proxy": "http://low:1"]
        #expect(try proxy("https://example.com", environment) == "http://low:1")
        #expect(try proxy("http://example.com", environment) == "http://p:1")
        #expect(try proxy("http://example.com", ["ALL_PROXY": "all:3128"]) == "http://all:3128")
        #expect(try proxy("http://example.com", ["HTTP_PROXY": "", "https_proxy": "http://s:1"]) == nil)
        #expect(try proxy("https://example.com", [:]) == nil)
    }

    @Test(arguments: ["http://localhost:9402/", "http://127.0.0.1/", "http://127.8.9.1/", "http://[::1]:80/"])
    func `loopback is never behind a proxy of the environment`(url: String) throws {
        #expect(try proxy(url, ["HTTP_PROXY": "http://p:1", "NO_PROXY": "x.test"]) == nil)
    }

    @Test(arguments: [
        ("*", "example.com", true),
        ("example.com", "example.com", true), ("example.com", "a.example.com", true), ("example.com", "notexample.com", false),
        (".example.com", "a.example.com", true), (".example.com", "example.com", false), ("*.example.com", "a.b.example.com", true),
        ("a.test, b.test c.test", "c.test", true), ("EXAMPLE.com", "example.com", true),
        ("example.com:443", "example.com", true), ("example.com:8443", "example.com", false),
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.96.0.0/12", "10.111.0.1", true),
        ("10.96.0.0/12", "10.112.0.1", false), ("192.168.1.1", "192.168.1.1", true), ("192.168.1.1", "192.168.1.11", false),
        ("192.168.1.1:443", "192.168.1.1", true), ("192.168.1.1:80", "192.168.1.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("fd00::/8", "[fd12::1]", true), ("fd00::/8", "[fe80::1]", false), ("[::1]:443", "[::1]", true), ("::1", "[0:0:0:0:0:0:0:1]", true),
        ("10.0.0.0/8", "[::ffff:10.1.2.3]", true), ("10.0.0.0/8", "10.example.com", false), ("8", "8.8.8.8", false),
        ("10.0.0.0/33,x/8,/,:,.,*.", "10.0.0.1", false), ("", "example.com", false),
        (".svc,.cluster.local", "kubernetes.default.svc", true),
    ])
    func `exceptions match names below, addresses and blocks`(list: String, host: String, isDirect: Bool) throws {
        let proxy = try proxy("https://\(host)/", ["HTTPS_PROXY": "http://p:1", "no_proxy": list])
        #expect((proxy == nil) == isDirect)
    }

    @Test func `a bad value is refused by its variable's name, without the value`() {
        #expect(throws: HTTPClientError.Code.invalidConfiguration("HTTPS_PROXY is not the URL of an http or https proxy")) {
            try ProxyRules(.environment, environment: ["HTTPS_PROXY": "gopher://user:secret@x"])
        }
    }

    @Test(arguments: ["", "socks5://127.0.0.1:1", "http://", "http://a b:1", "ftp://user:secret@proxy"])
    func `what is not the URL of a proxy makes no client`(url: String) {
        #expect(
            throws: HTTPClientError(
                code: .invalidConfiguration("the proxy's URL is not the URL of an http or https proxy"), subject: "HTTP client")
        ) { try HTTPClient(HTTPClient.Configuration(proxy: .url(url))) }
    }
}
