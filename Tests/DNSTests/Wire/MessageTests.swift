import Core
import TestKit
import Testing

@testable import DNS

@Suite("Messages, RFC 1035 §4") struct MessageTests {
    private static func request(_ name: String, _ type: UInt16) throws -> DNSRequest {
        let question = Question(name: try DomainName(name), type: RecordType(rawValue: type))
        guard let bytes = Packet.query(question, id: 7, isRecursionDesired: true, hasEDNS: true)?.bytes() else { throw NoPacket() }
        return DNSRequest(bytes: bytes)
    }

    private struct NoPacket: Error {}

    /// A signed update, and its MAC.
    private static func update(_ key: TSIGKey) throws -> (bytes: [UInt8], mac: [UInt8]) {
        let change = try RecordChange("value", name: DomainName("a.test"), ttl: 60, isAddition: true)
        guard let update = Packet.update(change, zone: try DomainName("test"), id: 7), let mac = update.sign(with: key),
            let bytes = update.bytes()
        else { throw NoPacket() }
        return (bytes, mac)
    }

    @Test func `a query has the identifier, the question and 1232 octets of EDNS`() throws {
        let request = try MessageTests.request("_acme-challenge.example.com", 16)
        #expect(request.id == 7)
        #expect(request.name == "_acme-challenge.example.com")
        #expect(request.type == 16)
        #expect(Array(request.bytes[2..<12]) == [1, 0, 0, 1, 0, 0, 0, 0, 0, 1])
        #expect(Array(request.bytes[request.questionEnd...]) == [0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0])
    }

    @Test func `an answer is read with its records`() throws {
        let request = try MessageTests.request("a.test", 257)
        let bytes = DNSReply.answer(
            request, flags: 0x0400,
            answers: [
                .cname("a.test", "b.test"), .txt("b.test", strings: [Array("one".utf8), [0xFF], []]),
                .caa("b.test", "Issue", "ca.test", flags: 128),
                .caa("b.test", "issue", ""), .a("b.test", [192, 0, 2, 1]),
                DNSScriptRecord(name: "b.test", type: 28, data: [UInt8](repeating: 0, count: 15) + [1]),
            ], authority: [.soa("test")])
        let message = try Message(reading: bytes)
        #expect(message.header.isAuthoritative)
        #expect(message.answers.first?.owner?.text == "a.test")
        let b = try DomainName("b.test")
        #expect(
            message.answers.map(\.data) == [
                .name(b), .text(Array("one".utf8) + [0xFF]), .caa(CAARecord(flags: 128, tag: "issue", value: "ca.test")),
                .caa(CAARecord(tag: "issue", value: "")), .address("192.0.2.1"), .address("::1"),
            ])
        #expect(message.authority.map(\.type) == [.soa])
        #expect(Message.question(of: bytes) == Question(name: try DomainName("a.test"), type: .caa))
    }

    @Test func `a record whose data does not fit is there, but malformed, and the next one is read`() throws {
        let request = try MessageTests.request("a.test", 1)
        let short = DNSScriptRecord(name: "a.test", type: 16, data: [9, 65])
        #expect(throws: MalformedMessage.self) {
            try Message(reading: DNSReply.answer(request, answers: [short, .a("a.test", [1, 2, 3, 4])]))
        }
        let long = DNSScriptRecord(name: "a.test", type: 1, data: [1, 2, 3, 4, 5])
        let message = try Message(reading: DNSReply.answer(request, answers: [long, .a("a.test", [1, 2, 3, 4])]))
        #expect(message.answers.map(\.data) == [.malformed, .address("1.2.3.4")])
    }

    @Test func `a compression pointer to itself is refused`() throws {
        let request = try MessageTests.request("a.test", 1)
        var bytes = DNSReply.answer(request)
        bytes[7] = 1
        let pointer = [0xC0 | UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
        bytes += pointer + [0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]
        #expect(throws: MalformedMessage.self) { try Message(reading: bytes) }
    }

    @Test func `a name that the pointers make longer and longer is refused`() throws {
        let request = try MessageTests.request("a.test", 1)
        var bytes = DNSReply.answer(request)
        bytes[7] = 1
        let start = bytes.count
        bytes += [1, 65, 0xC0 | UInt8(start >> 8), UInt8(start & 0xFF), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]
        #expect(throws: MalformedMessage.self) { try Message(reading: bytes) }
    }

    @Test func `records are counted before they are read`() throws {
        let request = try MessageTests.request("a.test", 16)
        let record = DNSScriptRecord(name: "a.test", type: 16, data: [1, 65])
        let most = DNSLimits.recordsMax - 1  // The question counts.
        #expect(try Message(reading: DNSReply.answer(request, answers: Array(repeating: record, count: most))).answers.count == most)
        #expect {
            try Message(reading: DNSReply.answer(request, answers: Array(repeating: record, count: most + 1)))
        } throws: { error in
            (error as? MalformedMessage)?.words == "it has 3001 records; the limit is 3000"
        }
    }

    @Test func `the extended response code is read from the OPT record`() throws {
        let request = try MessageTests.request("a.test", 16)
        var bytes = DNSReply.answer(request)
        bytes[11] = 1
        bytes += [0, 0, 41, 4, 0xD0, 1, 0, 0, 0, 0, 0]
        #expect(try Message(reading: bytes).code == .badVersion)
    }

    @Test func `a TSIG record that is not the last one is refused, and so are two`() throws {
        let request = try MessageTests.request("a.test", 16)
        let tsig =
            DNSReply.wire("key") + [0, 250, 0, 255, 0, 0, 0, 0, 0, 29] + DNSReply.wire("hmac-sha256") + [
                0, 0, 0, 0, 0, 1, 1, 44, 0, 0, 0, 7, 0, 0, 0, 0,
            ]
        var bytes = DNSReply.answer(request)
        bytes[11] = 1
        #expect(try Message(reading: bytes + tsig).signature?.owner?.text == "key")
        bytes[11] = 2
        #expect(throws: MalformedMessage.self) { try Message(reading: bytes + tsig + tsig) }
    }

    @Test func `every part of a message is malformed or fine, and nothing traps`() throws {
        let request = try MessageTests.request("a.test", 16)
        let bytes = DNSReply.answer(request, answers: [.cname("a.test", "b.test"), .txt("b.test", "value"), .caa("b.test", "issue", "x")])
        for count in bytes.indices { #expect(throws: MalformedMessage.self) { try Message(reading: Array(bytes[..<count])) } }
    }

    @Test(arguments: 0..<4)
    func `random changes of valid messages never trap`(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let request = try MessageTests.request("_acme-challenge.a.test", 16)
        let question = Question(name: try DomainName("_acme-challenge.a.test"), type: .txt)
        let key = try TSIGKey(name: DomainName("key"), algorithm: .hmacSHA256, secretBase64: Array("c2VjcmV0".utf8))
        let (update, mac) = try MessageTests.update(key)
        let messages = [
            DNSReply.answer(
                request,
                answers: [
                    .cname("_acme-challenge.a.test", "b.test"), .txt("b.test", "value"), .caa("b.test", "issue", "x; y=z"),
                    .ns("b.test", "ns.b.test"),
                    .a("b.test", [1, 2, 3, 4]),
                ], authority: [.soa("test")]),
            update,
        ]
        var read = 0
        for _ in 0..<2500 {
            await Task.yield()
            var bytes = random.pick(messages)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[index] = random.pick([0, 1, 63, 64, 127, 192, 193, 255])
                case 2: bytes.remove(at: index)
                case 3: bytes.insert(random.pick([0, 192, 255]), at: index)
                default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0..<4, using: &random)))
                }
            }
            if let message = try? Message(reading: bytes) {
                read += 1
                _ = try? Answer(message, to: question)
            }
            _ = ServerQuery.judge(bytes, id: 7, question: question)
            try? UpdateAnswer(bytes).check(key: key, requestMAC: mac, now: 0)
        }
        #expect(read > 100)
    }
}
