import Core
import FoundationEssentials
import TestKit
import Testing

@testable import DNS

@Suite("Signatures of answers, RFC 8945 §5", .enabled(if: DNSBind.isInstalled, "BIND's named is not installed"))
struct SignedAnswerTests {
    private struct NoPacket: Error {}

    /// What a real server answers to an update, and the MAC of the request.
    private static func answer(of bind: DNSBind, to key: TSIGKey) async throws -> (bytes: [UInt8], mac: [UInt8]) {
        let change = try RecordChange("v", name: DomainName("a.example.test"), ttl: 60, isAddition: true)
        let (message, mac) = try signed(change, key)
        let address = try #require(SocketAddress(numeric: "127.0.0.1", port: UInt16(bind.port)))
        let exchange = Exchange(
            address: address, transport: .stream, message: message, timeout: .seconds(10), answerBytesMax: DNSLimits.signedAnswerBytesMax
        ) { _ in .answer }
        return (try await ExchangeEngine.perform(exchange), mac)
    }

    private static func signed(_ change: RecordChange, _ key: TSIGKey) throws -> ([UInt8], mac: [UInt8]) {
        guard let update = Packet.update(change, zone: try DomainName("example.test"), id: 0x1234), let mac = update.sign(with: key),
            let bytes = update.bytes()
        else { throw NoPacket() }
        return (bytes, mac)
    }

    @Test func `no bit of an answer may change, and it answers one request only`() async throws {
        let bindKey = DNSBind.Key(name: "k", algorithm: "hmac-sha256")
        let bind = try await DNSBind(keys: [bindKey])
        let key = try TSIGKey(name: DomainName("k"), algorithm: .hmacSHA256, secretBase64: Array(bindKey.secret.utf8))
        let (bytes, mac) = try await SignedAnswerTests.answer(of: bind, to: key)
        let now = Int64(Date().timeIntervalSince1970)
        try UpdateAnswer(bytes).check(key: key, requestMAC: mac, now: now)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                // Letters differ in bit 5 from their other case, which makes no other name.
                let isCase = bit == 5 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[index])
                guard !isCase else { continue }
                #expect(throws: DNSError.Code.self, "bit \(bit) of octet \(index)") {
                    try UpdateAnswer(changed).check(key: key, requestMAC: mac, now: now)
                }
            }
        }
        var otherMAC = mac
        otherMAC[mac.count - 1] ^= 1
        #expect(throws: DNSError.Code.signature(.answerForged)) { try UpdateAnswer(bytes).check(key: key, requestMAC: otherMAC, now: now) }
        let otherName = try TSIGKey(name: DomainName("kk"), algorithm: .hmacSHA256, secretBase64: Array(bindKey.secret.utf8))
        #expect(throws: DNSError.Code.signature(.answerForged)) { try UpdateAnswer(bytes).check(key: otherName, requestMAC: mac, now: now) }
        let otherSecret = try TSIGKey(name: DomainName("k"), algorithm: .hmacSHA256, secretBase64: Array("d3Jvbmc=".utf8))
        #expect(throws: DNSError.Code.signature(.answerForged)) {
            try UpdateAnswer(bytes).check(key: otherSecret, requestMAC: mac, now: now)
        }
    }

    @Test func `an answer signed more than five minutes from now is not believed`() async throws {
        let bindKey = DNSBind.Key(name: "k", algorithm: "hmac-sha1")
        let bind = try await DNSBind(keys: [bindKey])
        let key = try TSIGKey(name: DomainName("k"), algorithm: .hmacSHA1, secretBase64: Array(bindKey.secret.utf8))
        let (bytes, mac) = try await SignedAnswerTests.answer(of: bind, to: key)
        guard case .signature(let signature) = try Message(reading: bytes).signature?.data else {
            Issue.record("the answer is not signed")
            return
        }
        let time = Int64(signature.time)
        for edge in [time - 300, time + 300] { try UpdateAnswer(bytes).check(key: key, requestMAC: mac, now: edge) }
        #expect(throws: DNSError.Code.signature(.answerNotFresh(seconds: 301))) {
            try UpdateAnswer(bytes).check(key: key, requestMAC: mac, now: time - 301)
        }
        #expect(throws: DNSError.Code.signature(.answerNotFresh(seconds: -301))) {
            try UpdateAnswer(bytes).check(key: key, requestMAC: mac, now: time + 301)
        }
    }
}
