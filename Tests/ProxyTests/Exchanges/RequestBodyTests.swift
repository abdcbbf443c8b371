import Testing

@testable import Proxy

@Suite("Request bodies, RFC 9112 §6-§7, RFC 9110 §10.1.1") struct RequestBodyTests {
    @Test func `a body of any size goes through, by length and in chunks`() async throws {
        let backend = try Backend { peer, _ in
            while true {
                let request = try peer.readRequest()
                let framing = request["Content-Length"] ?? request["Transfer-Encoding"] ?? "none"
                let sum = request.body.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 }
                try peer.respond("\(request.body.count) \(sum) \(framing)")
            }
        }
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.limits.requestBodyBytesMax = 0 }) { world in
            for size in [0, 1, 100, 2047, 2048, 2049, 40_000, 3_000_000] {
                let body = String(repeating: "x", count: size)
                let sum = body.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 }
                let byLength = try await world.exchange("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: \(size)\r\n\r\n\(body)")
                #expect(byLength.text == "\(size) \(sum) \(size)")
                let chunks = stride(from: 0, to: size, by: 30_000).map { start in
                    let piece = body.dropFirst(start).prefix(30_000)
                    return "\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n"
                }
                let chunked = try await world.exchange(
                    "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks.joined())0\r\n\r\n")
                #expect(chunked.text == "\(size) \(sum) chunked")
            }
        }
    }

    @Test func `trailers of a request go through`() async throws {
        let backend = try Backend { peer, _ in
            var request = try peer.readHead()
            try peer.readBody(&request)
            try peer.respond(request.trailers.joined())
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange(
                "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n")
            #expect(response.text == "X-Sum: 1")
        }
    }

    @Test func `100-continue is asked of the upstream, and no body is sent before its answer`() async throws {
        let backend = try Backend { peer, number in
            var request = try peer.readHead()
            let expectation = request["Expect"] ?? "-"
            let wasSilent = try peer.socket.isSilent(for: .milliseconds(30))
            try peer.write("HTTP/1.1 100 Continue\r\n\r\n")
            try peer.readBody(&request)
            try peer.respond("\(expectation) \(wasSilent) \(request.text)")
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await Threads.run {
                let client = try world.connect()
                try client.write("PUT / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                guard try client.readHead().status == 100 else { throw TestPeer.Ended() }
                return try client.exchange("body")
            }
            #expect(response.text == "100-continue true body")
        }
    }

    @Test func `a final answer instead of 100 ends the request, and the connection with it`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readHead()
            try peer.respond("no", status: "403 Forbidden")
            _ = try peer.socket.readToEnd()
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let (response, end) = try await Threads.run {
                let client = try world.connect()
                let response = try client.exchange(
                    "PUT / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                return (response, try client.readEnding().ending)
            }
            #expect(response.status == 403 && response.text == "no")
            #expect(end == .proper)
        }
    }

    @Test func `a client that does not wait for 100 is served all the same`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange(
                "PUT / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody")
            #expect(response.text.hasSuffix("\n\nbody"))
        }
    }

    @Test func `an upstream may answer before the body is there, and read on`() async throws {
        let backend = try Backend { peer, _ in
            var request = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
            try peer.readBody(&request)
            try peer.write("\(String(request.body.count, radix: 16))\r\n\(request.text)\r\n0\r\n\r\n")
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let text = try await Threads.run {
                let client = try world.connect()
                try client.write("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\n01234")
                var response = try client.readHead()
                guard String(decoding: try client.read(exactly: 10), as: UTF8.self) == "5\r\nearly\r\n" else { throw TestPeer.Ended() }
                try client.write("56789")
                try client.readBody(&response)
                return response.text
            }
            #expect(text == "0123456789")
        }
    }

    @Test func `an upstream may answer early and close; the client still gets the answer`() async throws {
        let backend = try Backend { peer, _ in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        }
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.limits.requestBodyBytesMax = 0 }) { world in
            let (response, end) = try await Threads.run {
                let client = try world.connect()
                try client.write("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3000000\r\n\r\n")
                // A client that sends it all before it reads.
                let wasTaken = (try? client.write(String(repeating: "x", count: 3_000_000))) != nil
                return (wasTaken ? try client.readResponse() : nil, try client.readEnding().ending)
            }
            #expect(response?.text == "big")
            #expect(end == .proper)
        }
    }

    @Test func `a body over the limit is refused at its head or when it has come too far`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.limits.requestBodyBytesMax = 1000 }) { world in
            for (size, status) in [(1000, 200), (1001, 413)] {
                let body = String(repeating: "x", count: size)
                let byLength = try await world.exchange("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: \(size)\r\n\r\n\(body)")
                #expect(byLength.status == status)
                let chunks = "1f4\r\n\(body.prefix(500))\r\n\(String(size - 500, radix: 16))\r\n\(body.dropFirst(500))\r\n0\r\n\r\n"
                let chunked = try await world.exchange(
                    "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
                #expect(chunked.status == status)
            }
            let endless = try await world.exchange(
                "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n\(String(repeating: "x", count: 1001))\r\n")
            #expect(endless.status == 413 && endless["Connection"] == "close")
            // Nothing of the body needs to come.
            let waiting = try await world.exchange("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 999999999999\r\n\r\n")
            #expect(waiting.status == 413 && waiting["Connection"] == "close")
        }
    }

    @Test func `what is left of a small refused body is read, and the connection kept`() async throws {
        let backend = try Backend.echo()
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let responses = try await Threads.run {
                let client = try world.connect()
                try client.write("POST / HTTP/1.1\r\nHost: unknown.test\r\nContent-Length: 10\r\n\r\n01234")
                let first = try client.readResponse()
                try client.write("56789")
                return [first, try client.exchange("GET /next HTTP/1.1\r\nHost: app.test\r\n\r\n")]
            }
            #expect(responses[0].status == 404 && responses[0]["Connection"] == nil)
            #expect(responses[1].text.hasPrefix("GET /next "))
        }
    }

    @Test(arguments: ["zz\r\n", "3\r\nabcX\r\n", "5\nhello\r\n", "1 \r\nx\r\n"]) func `malformed chunks are 400 and reach nobody whole`(
        chunks: String
    ) async throws {
        let backend = try Backend { peer, _ in
            var request = try peer.readHead()
            try peer.readBody(&request)
            try peer.respond("whole")
        }
        try await withWorld(Make.site(ports: [backend.port])) { world in
            let response = try await world.exchange("POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)")
            #expect(response.status == 400 && response["Connection"] == "close")
        }
    }
}
