import Core
import DNS
import TestKit
import Testing

@Suite("Updates and servers that do not play by the rules, RFC 8945 §5") struct ScriptedUpdateTests {
    private static func error(
        transport: DynamicUpdate.Transport = .tcp, signed: Bool = true, timeout: Duration = .seconds(6),
        _ script: @escaping DNSServer.Script
    ) async throws -> DNSError? {
        let server = try await DNSServer(script: script)
        let key = try TSIGKey(name: DomainName("k"), algorithm: .hmacSHA256, secretBase64: Array("c2VjcmV0".utf8))
        let updater = DynamicUpdate(
            nameserver: Nameserver(host: "127.0.0.1", port: UInt16(server.port)), transport: transport, key: signed ? key : nil,
            timeout: timeout)
        return await failure { () async throws(DNSError) in try await updater.add("v", at: DomainName("a.test"), zone: DomainName("test")) }
    }

    /// An answer with a TSIG record without a MAC.
    private static func answer(_ request: DNSRequest, code: UInt8, tsigError: UInt8) -> [UInt8] {
        var bytes = DNSReply.answer(request, code: code)
        bytes[11] = 1
        let head = DNSReply.wire("k") + [0, 250, 0, 255, 0, 0, 0, 0, 0, 29] + DNSReply.wire("hmac-sha256")
        return bytes + head + [0, 0, 0, 0, 0, 1, 1, 44, 0, 0] + DNSReply.word(request.id) + [0, tsigError, 0, 0]
    }

    @Test func `an update names the zone, the record and no recursion`() async throws {
        let server = try await DNSServer { .message(DNSReply.answer($0)) }
        let updater = DynamicUpdate(nameserver: Nameserver(host: "127.0.0.1", port: UInt16(server.port)), key: nil)
        try await updater.add("v", at: DomainName("a.test"), ttl: 61, zone: DomainName("test"))
        try await updater.delete("v", at: DomainName("a.test"), zone: DomainName("test"))
        let messages = server.requests.map(\.bytes)
        #expect(messages.map { Array($0[2..<12]) } == Array(repeating: [0x28, 0, 0, 1, 0, 0, 0, 1, 0, 0], count: 2))
        #expect(server.requests.allSatisfy { $0.name == "test" && $0.type == 6 })
        let owner: [UInt8] = [1, 97, 0xC0, 12]
        #expect(messages.first?.suffix(16) == owner + [0, 16, 0, 1, 0, 0, 0, 61, 0, 2, 1, 118])
        #expect(messages.last?.suffix(16) == owner + [0, 16, 0, 254, 0, 0, 0, 0, 0, 2, 1, 118])
    }

    @Test func `success without a signature is not believed`() async throws {
        #expect(try await ScriptedUpdateTests.error { .message(DNSReply.answer($0)) }?.code == .signature(.answerNotSigned))
        #expect(try await ScriptedUpdateTests.error(signed: false) { .message(DNSReply.answer($0)) } == nil)
    }

    @Test func `success with a signature of somebody else is not believed`() async throws {
        let error = try await ScriptedUpdateTests.error { .message(ScriptedUpdateTests.answer($0, code: 0, tsigError: 0)) }
        #expect(error?.code == .signature(.answerForged))
    }

    @Test func `a refusal without a signature is told`() async throws {
        #expect(try await ScriptedUpdateTests.error { .message(DNSReply.answer($0, code: 9)) }?.code == .refused(.notAuthoritative))
        #expect(try await ScriptedUpdateTests.error { .message(DNSReply.answer($0, code: 10)) }?.code == .refused(.notZone))
    }

    @Test(
        arguments: [
            (16, TSIGProblem.badSignature, "BADSIG"), (17, .badKey, "BADKEY"), (18, .badTime, "BADTIME"), (22, .badTruncation, "BADTRUNC"),
            (99, .other(99), "TSIG error 99"),
        ] as [(UInt8, TSIGProblem, String)])
    func `errors of TSIG are told in words`(number: UInt8, problem: TSIGProblem, word: String) async throws {
        let error = try await ScriptedUpdateTests.error { .message(ScriptedUpdateTests.answer($0, code: 9, tsigError: number)) }
        #expect(error?.code == .signature(problem))
        #expect(error?.description.contains("the server answered \(word)") == true)
    }

    @Test func `an answer that is too large to be verified is refused by its length`() async throws {
        let error = try await ScriptedUpdateTests.error { request in
            .message(ScriptedUpdateTests.answer(request, code: 0, tsigError: 0) + [UInt8](repeating: 0, count: 65_000))
        }
        guard case .malformedAnswer(let words) = error?.code else {
            Issue.record("not refused: \(String(describing: error))")
            return
        }
        #expect(words.hasSuffix("bytes; the limit is 4096"))
    }

    @Test func `answers to other messages are passed over, and silence costs the time given`() async throws {
        let error = try await ScriptedUpdateTests.error(transport: .udp, signed: false) { request in
            var wrong = DNSReply.answer(request)
            wrong[0] ^= 0x55
            var query = DNSReply.answer(request)
            query[2] = 0x80
            return .messages([wrong, query, DNSReply.answer(request)])
        }
        #expect(error == nil)
        let silence = try await ScriptedUpdateTests.error(transport: .udp, timeout: .milliseconds(600)) { _ in .silence }
        #expect(silence?.code == .timedOut(.milliseconds(200), instead: nil))
    }

    @Test func `a lost datagram is sent again, signed anew`() async throws {
        let server = try await DNSServer { $0.earlier == 0 ? .silence : .message(DNSReply.answer($0)) }
        let updater = DynamicUpdate(
            nameserver: Nameserver(host: "127.0.0.1", port: UInt16(server.port)), key: nil, timeout: .seconds(3))
        try await updater.add("v", at: DomainName("a.test"), zone: DomainName("test"))
        #expect(server.requests.count == 2)
    }

    @Test func `a value has 900 bytes at most`() async throws {
        let server = try await DNSServer { .message(DNSReply.answer($0)) }
        let updater = DynamicUpdate(nameserver: Nameserver(host: "127.0.0.1", port: UInt16(server.port)), key: nil)
        let name = try DomainName("a.test")
        try await updater.add(String(repeating: "x", count: 900), at: name, zone: DomainName("test"))
        let error = await failure { () async throws(DNSError) in
            try await updater.add(String(repeating: "x", count: 901), at: name, zone: DomainName("test"))
        }
        #expect(error?.code == .invalidValue("it has 901 bytes; the limit is 900"))
    }

    @Test(arguments: ["", "=", "abc", "a b c d", "YWJj\u{0}YWI", "YW=j", "====", String(repeating: "AAAA", count: 171)])
    func `a secret that is no base64 is refused without being shown`(secret: String) throws {
        #expect {
            try TSIGKey(name: DomainName("k"), algorithm: .hmacSHA1, secretBase64: Array(secret.utf8))
        } throws: { error in
            "\(error)" == "TSIG key k: not a usable TSIG key: the secret is not base64, is empty or too long"
        }
    }

    @Test func `a key is printed without its secret`() throws {
        let key = try TSIGKey(name: DomainName("k"), algorithm: .hmacSHA1, secretBase64: Array(" c2VjcmV0\n".utf8))
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "k (hmac-sha1)")
        #expect(!dumped.contains("c2Vj"))
    }

    @Test(
        arguments: [
            ("HMACMD5", TSIGAlgorithm.hmacMD5), ("hmac-md5.sig-alg.reg.int.", .hmacMD5), ("hmac-sha1", .hmacSHA1),
            ("HMACSHA256", .hmacSHA256),
            ("hmac-sha512.", .hmacSHA512), ("hmac-sha384", nil), ("", nil),
        ] as [(String, TSIGAlgorithm?)])
    func `algorithms are known by all their names`(text: String, algorithm: TSIGAlgorithm?) {
        #expect(TSIGAlgorithm(parsing: text) == algorithm)
    }
}
