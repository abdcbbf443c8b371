import Core
import HTTPClient
import Testing

@Suite("Requests and answers, RFC 9110") struct AnswerTests {
    let client: HTTPClient

    init() throws { client = try .direct() }

    func echo(_ request: HTTPRequest) async throws -> (lines: [String], body: String) {
        let response = try await client.send(request, bodyBytesMax: 1 << 20)
        #expect(response.status == 200)
        let halves = response.text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        return (halves[0].split(separator: "\n").map(String.init), halves.count > 1 ? String(halves[1]) : "")
    }

    @Test func `a GET names the program and carries no body fields`() async throws {
        let (lines, body) = try await echo(HTTPRequest(url: await Peers.url("/echo/a/../b?q=1#fragment")))
        #expect(lines.first == "GET /echo/a/../b?q=1")
        #expect(lines.contains("User-Agent: certctl/\(Version.current)"))
        #expect(!lines.contains { $0.lowercased().hasPrefix("content-") || $0.hasPrefix("Expect") })
        #expect(body.isEmpty)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET", "PURGE"])
    func `a body goes with any method as it is, without a type of libcurl's`(method: String) async throws {
        let request = HTTPRequest(method: method, url: try await Peers.url("/echo"), body: .bytes(Array("a\0b=c".utf8)))
        let (lines, body) = try await echo(request)
        #expect(lines.first == "\(method) /echo")
        #expect(lines.contains("Content-Length: 5"))
        #expect(!lines.contains { $0.hasPrefix("Content-Type") })
        #expect(body == "a\0b=c")
    }

    @Test func `a body of two megabytes goes out without waiting for 100 Continue`() async throws {
        let request = HTTPRequest(
            method: "POST", url: try await Peers.url("/echo"), body: .bytes([UInt8](repeating: 0x61, count: 2_000_000)))
        let response = try await client.send(request, bodyBytesMax: 3_000_000)
        #expect(response.body.count > 2_000_000)
    }

    @Test(arguments: [("POST", true), ("PUT", true), ("PATCH", true), ("DELETE", false), ("OPTIONS", false)])
    func `no body is said to be empty where a body is expected`(method: String, saysLength: Bool) async throws {
        let (lines, _) = try await echo(HTTPRequest(method: method, url: await Peers.url("/echo")))
        #expect(lines.contains("Content-Length: 0") == saysLength)
        let (empty, _) = try await echo(HTTPRequest(method: method, url: await Peers.url("/echo"), body: .bytes([])))
        #expect(empty.contains("Content-Length: 0"))
    }

    @Test func `fields keep their order, duplicates, case and empty values`() async throws {
        let headers: HTTPFields = [
            "X-b": "1", "x-A": "", "X-b": "2 ; x", "Content-Type": "application/jose+json", "User-Agent": "me", "X-Blank": "  ",
        ]
        let (lines, _) = try await echo(HTTPRequest(method: "POST", url: await Peers.url("/echo"), headers: headers))
        let own = lines.filter { $0.lowercased().hasPrefix("x-") }
        #expect(own == ["X-b: 1", "x-A: ", "X-b: 2 ; x", "X-Blank: "])
        #expect(lines.contains("Content-Type: application/jose+json"))
        #expect(lines.contains("User-Agent: me"))
    }

    @Test(arguments: [200, 201, 301, 304, 400, 401, 404, 429, 500, 503, 599])
    func `every status is an answer`(status: Int) async throws {
        let response = try await client.send(HTTPRequest(url: await Peers.url("/status/\(status)")), bodyBytesMax: 100)
        #expect(response.status == status)
    }

    @Test func `HEAD has a length and no body, whatever the limit`() async throws {
        let response = try await client.send(HTTPRequest(method: "HEAD", url: await Peers.url("/head")), bodyBytesMax: 0)
        #expect(response.headers.first("content-length") == "1000000")
        #expect(response.body.isEmpty)
    }

    @Test func `interim answers are not shown`() async throws {
        let response = try await client.send(HTTPRequest(url: await Peers.url("/interim")), bodyBytesMax: 100)
        #expect(response.status == 200)
        #expect(response.headers.all("Link") == ["</late>"])
        #expect(response.text == "final")
    }

    @Test func `chunks are joined and trailers dropped`() async throws {
        let response = try await client.send(HTTPRequest(url: await Peers.url("/chunked")), bodyBytesMax: 100)
        #expect(response.text == "one two three")
        #expect(!response.headers.contains("X-After"))
    }

    @Test func `a body may end with its connection`() async throws {
        let response = try await client.send(HTTPRequest(url: await Peers.url("/until-close")), bodyBytesMax: 100)
        #expect(response.text == "all of it")
    }

    @Test func `a body of the limit is taken, one byte more is refused by its length or its bytes`() async throws {
        let request = HTTPRequest(url: try await Peers.url("/bytes/5000"))
        #expect(try await client.send(request, bodyBytesMax: 5000).body.count == 5000)
        let error = await client.failure(request, bodyBytesMax: 4999)
        #expect(error?.code == .bodyTooLarge(limitBytes: 4999))
        #expect(error?.description == "GET \(request.url): the answer's body has more than 4999 bytes")

        let target = "/endless-chunks?t=\(unique())"
        let endless = HTTPRequest(url: try await Peers.url(target))
        let chunked = await client.failure(endless, bodyBytesMax: 100_000)
        #expect(chunked?.code == .bodyTooLarge(limitBytes: 100_000))
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test func `connections are used again`() async throws {
        let serials = try await (0..<5).asyncMap { _ in
            try await client.send(HTTPRequest(url: await Peers.url("/echo")), bodyBytesMax: 1000).headers.first("X-Connection")
        }
        #expect(serials[0] != nil)
        #expect(Set(serials).count == 1)
    }

    @Test func `a kept connection that the peer has closed costs no request`() async throws {
        for _ in 0..<5 {
            let request = HTTPRequest(method: "POST", url: try await Peers.url("/close-after"), body: .bytes([1, 2, 3]))
            #expect(try await client.send(request, bodyBytesMax: 100).text == "bye")
        }
    }
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
