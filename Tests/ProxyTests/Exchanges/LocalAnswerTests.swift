import HTTP1
import Testing

@testable import Proxy

@Suite("Local answers") struct LocalAnswerTests {
    private func expect(_ message: TestMessage, _ status: Int, _ location: SourceLocation = #_sourceLocation) {
        #expect(message.status == status, sourceLocation: location)
        #expect(message["Server"] == "certctl" && message["Date"] != nil && message["Content-Length"] != nil, sourceLocation: location)
    }

    @Test func `unknown hosts and paths are 404`() async throws {
        let backend = try Backend.echo()
        let objects = Make.service("web", ports: [backend.port]) + [Make.ingress("app.test", to: "web", path: "/in")]
        try await withWorld(objects) { world in
            try await expect(world.exchange("GET / HTTP/1.1\r\nHost: other.test\r\n\r\n"), 404)
            try await expect(world.exchange("GET /out HTTP/1.1\r\nHost: app.test\r\n\r\n"), 404)
            try await expect(world.exchange("GET /in/../out HTTP/1.1\r\nHost: app.test\r\n\r\n"), 404)
            #expect(try await world.exchange("GET /out/../in HTTP/1.1\r\nHost: APP.test:80\r\n\r\n").status == 200)
            #expect(try await world.exchange("GET http://app.test/in HTTP/1.1\r\nHost: other.test\r\n\r\n").status == 200)
            try await expect(world.exchange("GET / HTTP/1.0\r\n\r\n"), 404)
        }
    }

    @Test func `what is not HTTP is refused and the connection closed`() async throws {
        try await withWorld([]) { world in
            let cases: [(String, Int)] = [
                ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
                ("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: a\n\n", 400),
                ("GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
                ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400), ("\u{16}\u{3}\u{1}\u{2}\u{0}", 400),
                ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
                ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n", 431),
                ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 40_000))\r\n\r\n", 431),
            ]
            for (request, status) in cases {
                let (response, end) = try await Threads.run {
                    let client = try world.connect()
                    let response = try client.exchange(request)
                    return (response, response["Connection"] == "close" ? try client.readEnding().ending : nil)
                }
                expect(response, status)
                // A bad path is found out by routing, when the end of the request is known.
                #expect(end == (request.contains("%") ? nil : .proper))
            }
        }
    }

    @Test func `a head is taken up to its limit`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let start = "GET / HTTP/1.1\r\nHost: app.test\r\nX: "
            let room = HTTP1.Limits.headBytesMax - start.utf8.count - 4
            let fits = try await world.exchange(start + String(repeating: "y", count: room) + "\r\n\r\n")
            #expect(fits.status == 200 && fits.text.contains(String(repeating: "y", count: room)))
            try await expect(world.exchange(start + String(repeating: "y", count: room + 1) + "\r\n\r\n"), 431)
        }
    }

    @Test func `methods that are not served say so`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            try await expect(world.exchange("CONNECT app.test:443 HTTP/1.1\r\nHost: app.test:443\r\n\r\n"), 501)
            let trace = try await world.exchange("TRACE / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            expect(trace, 405)
            #expect(trace["Allow"]?.contains("GET") == true)
            let options = try await world.exchange("OPTIONS * HTTP/1.1\r\nHost: app.test\r\n\r\n")
            expect(options, 200)
            #expect(options["Allow"]?.contains("OPTIONS") == true)
            #expect(try await world.exchange("OPTIONS / HTTP/1.1\r\nHost: app.test\r\n\r\n").text.hasPrefix("OPTIONS / "))
        }
    }

    @Test func `HEAD is answered without a body`() async throws {
        try await withWorld([]) { world in
            let responses = try await Threads.run {
                let client = try world.connect()
                return try (0..<2).map { _ in try client.exchange("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n", isHEAD: true) }
            }
            for response in responses { expect(response, 404) }
        }
    }

    @Test func `hosts with a certificate are redirected, others are not`() async throws {
        let backend = try Backend.echo()
        let objects =
            Make.site("app.test", ports: [backend.port], tls: "app-tls") + Make.site("plain.test", ports: [backend.port])
            + Make.site("soon.test", ports: [backend.port], tls: "missing") + [try Make.secret("app-tls", ["app.test"])]
        try await withWorld(objects) { world in
            let response = try await world.exchange("POST /a/?b=%20c HTTP/1.1\r\nHost: APP.test:8080\r\nContent-Length: 0\r\n\r\n")
            expect(response, 308)
            #expect(response["Location"] == "https://app.test/a/?b=%20c")
            let absolute = try await world.exchange("GET http://app.test?x HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(absolute["Location"] == "https://app.test/?x")
            #expect(try await world.exchange("GET / HTTP/1.1\r\nHost: plain.test\r\n\r\n").status == 200)
            // Without a certificate there is nothing good to redirect to.
            #expect(try await world.exchange("GET / HTTP/1.1\r\nHost: soon.test\r\n\r\n").status == 200)
        }
        try await withWorld(objects, configure: { $0.publicHTTPSPort = 8443 }) { world in
            let response = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(response["Location"] == "https://app.test:8443/")
        }
        try await withWorld(objects, configure: { $0.publicHTTPSPort = nil }) { world in
            let response = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(response["Location"] == "https://app.test:\(world.https)/")
        }
    }

    @Test func `challenges are answered before redirects and routes`() async throws {
        let backend = try Backend.echo()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app-tls") + [try Make.secret("app-tls", ["app.test"])]
        try await withWorld(objects) { world in
            world.server.publish(HTTP01Tokens(["tok-en_1": "tok-en_1.thumb"]))
            let path = "/.well-known/acme-challenge/tok-en_1"
            for host in ["app.test", "nobody.test", "203.0.113.9"] {
                let response = try await world.exchange("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                expect(response, 200)
                #expect(response.text == "tok-en_1.thumb")
            }
            let head = try await world.exchange("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n", isHEAD: true)
            #expect(head["Content-Length"] == "14")
            // Another token may be the upstream's own; CAs need not follow redirects.
            #expect(try await world.exchange("GET \(path)2 HTTP/1.1\r\nHost: app.test\r\n\r\n").text.hasPrefix("GET \(path)2 "))
            try await expect(world.exchange("GET \(path)2 HTTP/1.1\r\nHost: nobody.test\r\n\r\n"), 404)
            try await expect(world.exchange("POST \(path) HTTP/1.1\r\nHost: nobody.test\r\nContent-Length: 0\r\n\r\n"), 404)
            world.server.publish(HTTP01Tokens())
            try await expect(world.exchange("GET \(path) HTTP/1.1\r\nHost: nobody.test\r\n\r\n"), 404)
        }
    }

    @Test func `a route without endpoints is 503`() async throws {
        try await withWorld([Make.ingress("app.test", to: "gone")] + Make.site("empty.test", ports: [])) { world in
            try await expect(world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n"), 503)
            try await expect(world.exchange("GET / HTTP/1.1\r\nHost: empty.test\r\n\r\n"), 503)
        }
    }
}
