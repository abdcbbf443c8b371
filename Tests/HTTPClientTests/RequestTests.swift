import Testing

@testable import HTTPClient

@Suite("What is refused before it is sent, RFC 9110 §5, RFC 9112 §11.1") struct RequestTests {
    /// Why a request is refused, or nil. The subject must not repeat what is wrong.
    func refusal(_ request: HTTPRequest) throws -> String? {
        let proxies = try ProxyRules(.direct)
        do throws(HTTPClientError) {
            _ = try PreparedRequest(request, timeouts: HTTPTimeouts(), proxies: proxies)
            return nil
        } catch {
            guard case .invalidRequest(let words) = error.code else { return "\(error)" }
            #expect(error.description.utf8.allSatisfy { $0 >= 0x20 })
            #expect(!error.description.contains("secret"))
            return words
        }
    }

    @Test(arguments: ["", "GE T", "GET\r\nX: y", "GET\0", "G\u{e9}T", "CONNECT", String(repeating: "M", count: 33)])
    func `a method that is no token`(method: String) throws {
        #expect(try refusal(HTTPRequest(method: method, url: "http://a/")) != nil)
    }

    @Test func `a method of the limit is fine`() throws {
        #expect(try refusal(HTTPRequest(method: String(repeating: "M", count: 32), url: "http://a/")) == nil)
    }

    @Test(arguments: [
        "", "/path", "a.test", "http://", "http:///x", "ftp://a/", "file:///etc/passwd", "gopher://a/", "http://a/ b", "http://a/\r\nX: y",
        "http://a/\0", "http://a\n/", "http://b\u{fc}cher.test/", "http://a:0/", "http://a:65536/", "http://a:x/", "http://[::1/",
        "http://a/\u{7f}",
        "//a/", "http://user:secret@/x", "javascript:secret",
    ])
    func `a URL that is not an absolute http URL in ASCII`(url: String) throws {
        #expect(try refusal(HTTPRequest(url: url)) != nil)
    }

    @Test func `a URL of the limit is fine, one byte more is not`() throws {
        let base = "http://a/"
        #expect(try refusal(HTTPRequest(url: base + String(repeating: "x", count: Limits.urlBytesMax - base.utf8.count))) == nil)
        let long = HTTPRequest(url: base + String(repeating: "x", count: Limits.urlBytesMax - base.utf8.count + 1))
        #expect(try refusal(long) == "the URL has more than 16384 bytes")
    }

    @Test(arguments: ["", "X Y", "X:", "X\r\n", "X\0", "\u{e9}", "X;", ":authority"])
    func `a header name that is no token`(name: String) throws {
        #expect(try refusal(HTTPRequest(url: "http://a/", headers: [name: "v"])) == "a header name is not a token")
    }

    @Test(arguments: ["secret\r\nInjected: 1", "secret\n", "\rsecret", "sec\0ret", "secret\u{7f}", "secret\u{1b}[0m"])
    func `a header value with a control character`(value: String) throws {
        let request = HTTPRequest(url: "http://a/", headers: ["Authorization": value])
        #expect(try refusal(request) == "the value of header Authorization has a line break or another control character")
    }

    @Test(arguments: [
        "Content-Length", "transfer-encoding", "CONNECTION", "Expect", "Upgrade", "TE", "Trailer", "Keep-Alive", "Proxy-Authorization",
    ])
    func `a field that frames the message or is the proxy's`(name: String) throws {
        #expect(try refusal(HTTPRequest(url: "http://a/", headers: [name: "secret"])) == "header \(name) is the client's to set")
    }

    @Test func `more than one Host`() throws {
        #expect(try refusal(HTTPRequest(url: "http://a/", headers: ["Host": "b"])) == nil)
        #expect(try refusal(HTTPRequest(url: "http://a/", headers: ["Host": "b", "host": "b"])) == "more than one Host")
    }

    @Test func `header fields of the limit are fine, one byte more are not`() throws {
        let value = String(repeating: "v", count: Limits.requestHeadBytesMax - 5)
        #expect(try refusal(HTTPRequest(url: "http://a/", headers: ["X": value])) == nil)
        let words = "header fields of 65537 bytes, allowed are 65536"
        #expect(try refusal(HTTPRequest(url: "http://a/", headers: ["X": value + "v"])) == words)
    }

    @Test func `HEAD with a body, redirects of a POST, too many redirects`() throws {
        #expect(try refusal(HTTPRequest(method: "HEAD", url: "http://a/", body: .bytes([]))) == "HEAD with a body")
        let post = HTTPRequest(method: "POST", url: "http://a/", redirectsMax: 1)
        #expect(try refusal(post) == "redirects are followed for GET and HEAD only")
        #expect(try refusal(HTTPRequest(url: "http://a/", redirectsMax: 20)) == nil)
        #expect(try refusal(HTTPRequest(url: "http://a/", redirectsMax: 21)) == "21 redirects, allowed are 0 to 20")
    }

    @Test(arguments: [
        ("https://user:secret@Host.test:8443/a/b?token=secret#secret", "GET https://Host.test:8443/a/b"),
        ("https://host.test:443", "GET https://host.test/"),
        ("http://[2001:db8::1]:80/x", "GET http://[2001:db8::1]/x"),
    ])
    func `errors name the URL without query, fragment and user information`(url: String, subject: String) throws {
        let request = HTTPRequest(url: url)
        #expect(try PreparedRequest(request, timeouts: HTTPTimeouts(), proxies: ProxyRules(.direct)).subject == subject)
    }

    @Test func `a secret path is not named`() throws {
        let request = HTTPRequest(method: "POST", url: "https://hooks.test/services/secret", hasSecretPath: true)
        #expect(try PreparedRequest(request, timeouts: HTTPTimeouts(), proxies: ProxyRules(.direct)).subject == "POST https://hooks.test")
    }
}
