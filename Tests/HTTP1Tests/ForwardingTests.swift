import HTTP1
import Testing

/// What arrives is good or bad; what leaves must be read by llhttp, which is not our code, as exactly the messages that we read.
@Suite("What is forwarded cannot be read as anything else, RFC 9112 §11.2")
struct ForwardingTests {
    private static let seeds = (101...108).map { UInt64($0) }

    @Test(arguments: seeds) func `generated and damaged requests, as they go upstream`(seed: UInt64) throws {
        let llhttp = LLHTTPReading()
        var generator = MessageGenerator(seed: seed)
        for _ in 0..<600 {
            let bytes = generator.requests()
            let forwarded = try forwardRequests(bytes)
            // llhttp knows no methods but registered ones, so what it cannot know is checked by the reading of ours alone.
            let own = OwnReading.requests(forwarded.bytes)
            #expect(own.fault == nil)
            #expect(
                own.messages.map(\.body) == forwarded.bodies, "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            guard forwarded.methods.allSatisfy({ ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].contains($0) }) else {
                continue
            }
            let foreign = llhttp.requests(forwarded.bytes)
            #expect(
                foreign.messages.map(\.body) == forwarded.bodies, "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
            )
            for message in foreign.messages { checkUpstreamFields(message) }
        }
    }

    @Test(arguments: seeds) func `generated and damaged responses, as they go downstream`(seed: UInt64) throws {
        let llhttp = LLHTTPReading()
        var generator = MessageGenerator(seed: seed)
        for _ in 0..<600 {
            let bytes = generator.response()
            let method = generator.random.once(in: 4) ? Method.head : .get
            let version = generator.random.once(in: 4) ? ProtocolVersion.http10 : .http11
            guard let forwarded = try forwardResponse(bytes, to: method, version) else { continue }
            let foreign = llhttp.response(forwarded.bytes, to: method)
            #expect(
                foreign.messages.map(\.body) == [forwarded.body], "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
            )
        }
    }

    @Test(arguments: seeds) func `damaged messages give one verdict in whatever pieces they come`(seed: UInt64) {
        var generator = MessageGenerator(seed: seed)
        for _ in 0..<400 {
            let request = generator.requests()
            let cuts = (0..<4).map { _ in Int.random(in: 0...request.count, using: &generator.random) }.sorted()
            #expect(readRequest(request, cuts: cuts) == readRequest(request))
            let response = generator.response()
            let responseCuts = (0..<4).map { _ in Int.random(in: 0...response.count, using: &generator.random) }.sorted()
            #expect(readResponse(response, cuts: responseCuts) == readResponse(response))
            let body = Array(response.drop { $0 != UInt8(ascii: "\n") }.dropFirst())
            let text = String(decoding: body, as: UTF8.self)
            #expect(readBody(text, cuts: [text.utf8.count / 3]).ending == readBody(text).ending)
        }
    }

    @Test func `noise is refused or waited for, and nothing else happens`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if case .read = readRequest(bytes) { Issue.record("noise was read as a request") }
            if case .read = readResponse(bytes) { Issue.record("noise was read as a response") }
            var reader = BodyReader(.chunked)
            _ = reader.forward(bytes)
        }
    }

    private func checkUpstreamFields(_ message: ReadMessage) {
        let names = message.fields.map { $0.prefix { $0 != "=" }.lowercased() }
        for name in ["host", "x-real-ip", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"] {
            #expect(names.filter { $0 == name }.count == 1 || name == "x-forwarded-host", "\(name)")
        }
        let framing = names.filter { $0 == "content-length" || $0 == "transfer-encoding" }
        #expect(framing.count <= 1)
        for name in names { #expect(!name.contains("_") && name != "keep-alive" && name != "proxy-connection") }
    }

    /// All good requests of a connection as a proxy sends them upstream on one connection, with the content that it read.
    private func forwardRequests(_ bytes: [UInt8]) throws -> (bytes: [UInt8], bodies: [[UInt8]], methods: [String]) {
        var output: [UInt8] = []
        var bodies: [[UInt8]] = []
        var methods: [String] = []
        var rest = bytes
        while !rest.isEmpty, case .read(let facts) = readRequest(rest) {
            let head = try upstream(Array(rest[..<facts.length])) {
                $0.authorityIfMissing = try FieldValue("x")
                $0.forwardsUpgrade = false
            }
            rest.removeFirst(facts.length)
            var content = BodyReader(facts.framing)
            var verbatim = BodyReader(facts.framing)
            guard case .complete(_, _, let left) = content.read(rest), case .complete = verbatim.forward(rest) else { break }
            output += head + verbatim.content
            bodies.append(content.content)
            methods.append(facts.methodText)
            rest.removeFirst(rest.count - left)
            if facts.method == .connect { break }
        }
        return (output, bodies, methods)
    }

    /// A good response as a proxy sends it downstream, with the content that it read; nil when it is refused.
    private func forwardResponse(
        _ bytes: [UInt8], to method: Method, _ version: ProtocolVersion
    ) throws -> (bytes: [UInt8], body: [UInt8])? {
        var parser = ResponseHeadParser()
        parser.reset(for: method, upgradeWasAsked: false)
        var rest = bytes
        while true {
            guard (try? lend(rest) { raw throws(MessageFault) in try parser.parse(raw) }) == .complete else { return nil }
            guard parser.head.isInterim else { break }
            rest.removeFirst(parser.head.length)
            parser.resetAfterInterim()
        }
        let plan = parser.head.plan(for: version, keepAlive: true)
        let (framing, length) = (parser.head.framing, parser.head.length)
        let edits = FieldEdits()
        let room = parser.head.downstreamBytesMax(edits: edits)
        let head = lend(rest) { raw in
            write(room) {
                parser.head.writeDownstream(raw, plan: plan, edits: edits, date: HTTPDate(secondsSinceEpoch: 0), into: &$0)
            }
        }
        rest.removeFirst(length)
        var content = BodyReader(framing)
        if case .refused = content.read(rest) { return nil }
        do { try content.decoder.end() } catch { return nil }
        let body = content.content
        switch plan.body {
        case .none: return (head, [])
        case .content: return (head + body, body)
        case .contentAsChunks:
            let size = body.isEmpty ? [] : write(ChunkedWriter.sizeLineBytesMax) { ChunkedWriter.writeSize(UInt64(body.count), into: &$0) }
            let chunk = body.isEmpty ? [] : size + body + wire("\r\n")
            return (head + chunk + write(5) { ChunkedWriter.writeEnd(into: &$0) }, body)
        case .verbatim:
            var verbatim = BodyReader(framing)
            _ = verbatim.forward(rest)
            return (head + verbatim.content, body)
        }
    }
}
