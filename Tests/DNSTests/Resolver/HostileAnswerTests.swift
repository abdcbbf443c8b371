import Core
import DNS
import TestKit
import Testing

@Suite("Hostile answers") struct HostileAnswerTests {
    private static func txt(_ request: DNSRequest, _ value: String) -> [UInt8] {
        DNSReply.answer(request, answers: [.txt("a.test", value)])
    }

    private static func ask(_ server: DNSServer) async throws -> [String] {
        try await DNSResolver(server).txt(DomainName("a.test"))
    }

    /// - Parameter patience: Short where time runs out, and no shorter than what a crowded machine needs elsewhere.
    private static func error(patience: Duration = .seconds(3), _ script: @escaping DNSServer.Script) async throws -> DNSError? {
        let server = try await DNSServer(script: script)
        return await failure { () async throws(DNSError) in
            try await DNSResolver(server, datagram: patience, stream: patience).txt(DomainName("a.test"))
        }
    }

    @Test func `answers with other identifiers, questions, names or types are passed over until the right one comes`() async throws {
        let server = try await DNSServer { request in
            var wrongID = HostileAnswerTests.txt(request, "wrong id")
            wrongID[1] ^= 1
            var query = HostileAnswerTests.txt(request, "not an answer")
            query[2] &= 0x7F
            var notify = HostileAnswerTests.txt(request, "another opcode")
            notify[2] |= 4 << 3
            var otherName = HostileAnswerTests.txt(request, "other question")
            otherName[13] = UInt8(ascii: "z")
            var otherType = HostileAnswerTests.txt(request, "other type")
            otherType[request.questionEnd - 3] = 1
            var otherClass = HostileAnswerTests.txt(request, "other class")
            otherClass[request.questionEnd - 1] = 3
            var noQuestion = Array(HostileAnswerTests.txt(request, "no question")[..<12])
            noQuestion[5] = 0
            noQuestion[7] = 0
            return .messages([
                [], [1, 2, 3], wrongID, query, notify, otherName, otherType, otherClass, noQuestion,
                HostileAnswerTests.txt(request, "right"),
            ])
        }
        #expect(try await HostileAnswerTests.ask(server) == ["right"])
    }

    @Test func `only strays end as a timeout that says what came instead`() async throws {
        let error = try await HostileAnswerTests.error(patience: .seconds(1)) { request in
            var wrong = HostileAnswerTests.txt(request, "wrong id")
            wrong[0] ^= 0x55
            return .message(wrong)
        }
        #expect(error?.code == .timedOut(.seconds(1), instead: "an answer with another identifier"))
        #expect(
            error?.description.hasSuffix("no answer to this question within 1.0 seconds, instead: an answer with another identifier")
                == true)
    }

    @Test func `a flood of guesses ends the exchange`() async throws {
        let error = try await HostileAnswerTests.error { request in
            var wrong = DNSReply.answer(request)
            wrong[0] ^= 0x55
            return .messages(Array(repeating: wrong, count: 101))
        }
        #expect(error?.code == .malformedAnswer("more than 100 answers to other questions"))
    }

    @Test func `records of other names are not believed`() async throws {
        let server = try await DNSServer { request in
            .message(
                DNSReply.answer(
                    request,
                    answers: [
                        .txt("b.test", "of nobody"), .cname("x.test", "b.test"), .a("a.test", [1, 2, 3, 4]), .txt("A.Test", "ours"),
                        .txt("sub.a.test", "below"),
                    ], authority: [.txt("a.test", "in another section")]))
        }
        #expect(try await HostileAnswerTests.ask(server) == ["ours"])
    }

    @Test func `an SOA record of a foreign zone does not name the zone`() async throws {
        let server = try await DNSServer { request in
            .message(
                request.name == "test" && request.type == 6
                    ? DNSReply.answer(request, answers: [.soa("test")])
                    : DNSReply.answer(request, answers: [.soa("evil.net")], authority: [.soa("evil.net")]))
        }
        #expect(try await DNSResolver(server).zone(of: DomainName("b.a.test")).text == "test")
    }

    @Test(arguments: [
        [DNSScriptRecord.cname("a.test", "a.test")], [.cname("a.test", "b.test"), .cname("b.test", "a.test")],
        [.cname("a.test", "b.test"), .cname("b.test", "c.test"), .cname("c.test", "b.test"), .txt("b.test", "v")],
    ])
    func `aliases in a circle are refused`(records: [DNSScriptRecord]) async throws {
        let error = try await HostileAnswerTests.error { .message(DNSReply.answer($0, answers: records)) }
        guard case .aliases(let words) = error?.code else {
            Issue.record("not refused: \(String(describing: error))")
            return
        }
        #expect(words.hasPrefix("aliases lead in a circle, back to "))
    }

    @Test func `aliases in a circle from answer to answer are refused`() async throws {
        let error = try await HostileAnswerTests.error { request in
            .message(DNSReply.answer(request, answers: [.cname(request.name, request.name == "a.test" ? "b.test" : "a.test")]))
        }
        #expect(error?.code == .aliases("aliases lead in a circle, back to a.test"))
    }

    @Test func `an alias to a name of strange bytes is malformed`() async throws {
        let error = try await HostileAnswerTests.error { request in
            .message(DNSReply.answer(request, answers: [DNSScriptRecord(name: "a.test", type: 5, data: [3, 0, 1, 255, 0])]))
        }
        #expect(error?.code == .malformedAnswer("the alias of a.test is no domain name"))
    }

    @Test func `thousands of records are refused before they are read`() async throws {
        let error = try await HostileAnswerTests.error { request in
            let records = Array(repeating: DNSScriptRecord(name: "", type: 16, data: [0]), count: 5000)
            return request.isTCP ? .message(DNSReply.answer(request, answers: records)) : .message(DNSReply.answer(request, flags: 0x0200))
        }
        #expect(error?.code == .malformedAnswer("it has 5001 records; the limit is 3000"))
    }

    @Test func `an answer that ends early, lies about its length or its count is malformed`() async throws {
        let scripts: [DNSServer.Script] = [
            { .message(Array(HostileAnswerTests.txt($0, "value").dropLast(2))) },
            { request in
                var bytes = HostileAnswerTests.txt(request, "value")
                bytes[7] = 9
                return .message(bytes)
            },
            { request in
                var bytes = HostileAnswerTests.txt(request, "value")
                bytes[bytes.count - 7] = 200
                return .message(bytes)
            },
            { request in
                var bytes = HostileAnswerTests.txt(request, "value")
                bytes[bytes.count - 6] = 255
                return .message(bytes)
            },
        ]
        for script in scripts {
            let error = try await HostileAnswerTests.error(script)
            guard case .malformedAnswer = error?.code else {
                Issue.record("not malformed: \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `a connection that ends early, is slow or sends something else is an error`() async throws {
        func overTCP(
            patience: Duration = .seconds(3), _ reply: @escaping @Sendable (DNSRequest) -> DNSServer.Reply
        ) async throws -> DNSError? {
            try await HostileAnswerTests.error(patience: patience) { $0.isTCP ? reply($0) : .message(DNSReply.answer($0, flags: 0x0200)) }
        }
        #expect(
            try await overTCP { _ in .raw([0, 20, 1, 2], closes: true) }?.code
                == .network("the server closed the connection after 4 bytes of its answer"))
        #expect(
            try await overTCP { _ in .raw([], closes: true) }?.code
                == .network("the server closed the connection after 0 bytes of its answer"))
        #expect(
            try await overTCP(patience: .milliseconds(700)) { .slowly(HostileAnswerTests.txt($0, "slow"), every: .milliseconds(50)) }?.code
                == .timedOut(.milliseconds(700), instead: nil))
        #expect(
            try await overTCP { request in
                var wrong = HostileAnswerTests.txt(request, "wrong id")
                wrong[0] ^= 0x55
                return .message(wrong)
            }?.code == .malformedAnswer("an answer with another identifier"))
        #expect(try await overTCP { _ in .raw([255, 255] + [UInt8](repeating: 0xC0, count: 65_535), closes: false) } != nil)
        #expect(try await overTCP { _ in .raw([0, 0], closes: false) }?.code == .malformedAnswer("0 bytes that are no DNS message"))
    }

    @Test func `slow bytes in time are an answer`() async throws {
        let server = try await DNSServer {
            $0.isTCP ? .slowly(HostileAnswerTests.txt($0, "slow"), every: .milliseconds(2)) : .message(DNSReply.answer($0, flags: 0x0200))
        }
        #expect(try await HostileAnswerTests.ask(server) == ["slow"])
    }

    @Test(arguments: 0..<4)
    func `a server of random bytes is an error or an answer, never more`(seed: UInt64) async throws {
        let server = try await DNSServer { request in
            var random = SeededRandom(seed: seed &* 1000 &+ UInt64(request.earlier))
            var bytes = HostileAnswerTests.txt(request, "value")
            for _ in 0..<4 { bytes[Int.random(in: 12..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            return .message(bytes)
        }
        let resolver = DNSResolver(server, datagram: .milliseconds(20))
        for _ in 0..<50 { _ = try? await resolver.txt(DomainName("a.test")) }
        #expect(server.requests.count >= 50)
    }
}
