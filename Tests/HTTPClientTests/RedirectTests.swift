import Testing

@testable import HTTPClient

@Suite("Redirects, RFC 9110 §15.4") struct RedirectTests {
    let from = HTTPRequest(
        url: "https://user:pw@a.test/x/y?q", headers: ["Authorization": "Bearer t", "Cookie": "c", "Host": "h", "Accept": "*/*"],
        redirectsMax: 3)

    func next(_ location: String, status: Int = 302, followed: Int = 0) throws(HTTPClientError.Code) -> HTTPRequest? {
        try Redirect.next(after: status, ["Location": location], to: from, followed: followed)
    }

    @Test func `credentials stay with their origin`() throws {
        let same = try #require(try next("../z?r"))
        #expect(same.url == "https://user:pw@a.test/z?r")
        #expect(same.headers == from.headers)
        for location in ["https://b.test/", "//b.test/", "https://a.test:8443/", "https://x:y@b.test/"] {
            let other = try #require(try next(location))
            #expect(other.headers == ["Accept": "*/*"])
            #expect(!other.url.contains("@"))
        }
    }

    @Test func `what is no redirect, or leads nowhere, is the answer`() throws {
        #expect(try next("/z", status: 300) == nil)
        #expect(try next("/z", status: 304) == nil)
        #expect(try next("/z", status: 200) == nil)
        #expect(try next("", status: 302) == nil)
        var off = from
        off.redirectsMax = 0
        #expect(try Redirect.next(after: 302, ["Location": "/z"], to: off, followed: 0) == nil)
    }

    @Test(arguments: ["http://a.test/", "ftp://a.test/", "file:///etc/passwd", "https://", "/a b", "/\u{e9}"])
    func `what must not be followed is refused`(location: String) {
        #expect(throws: HTTPClientError.Code.self) { try next(location) }
    }

    @Test func `the last allowed one is followed, the next is not`() throws {
        #expect(try next("/z", followed: 2) != nil)
        #expect(throws: HTTPClientError.Code.redirectRefused("more than 3 in a row")) { try next("/z", followed: 3) }
    }

    @Test func `none is followed unless asked for`() async throws {
        let client = try HTTPClient.direct()
        let response = try await client.send(HTTPRequest(url: await Peers.url("/redirect/0")), bodyBytesMax: 100)
        #expect(response.status == 302)
        #expect(response.headers.first("Location") == "/echo/there")
    }

    @Test func `a chain within the limit leads to its end, for requests and streams`() async throws {
        let client = try HTTPClient.direct()
        let request = HTTPRequest(url: try await Peers.url("/redirect/2"), redirectsMax: 3)
        #expect(try await client.send(request, bodyBytesMax: 1000).text.hasPrefix("GET /echo/there\n"))
        #expect(try await client.stream(request).collect(bytesMax: 1000).starts(with: Array("GET /echo/there\n".utf8)))
        let short = HTTPRequest(url: try await Peers.url("/redirect/3"), redirectsMax: 3)
        #expect(await client.failure(short)?.code == .redirectRefused("more than 3 in a row"))
    }
}
