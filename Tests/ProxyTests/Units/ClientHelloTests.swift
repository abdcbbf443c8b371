import Testing

@testable import Proxy

@Suite("ClientHello, RFC 8446 §4.1.2 and §5.1") struct ClientHelloTests {
    private func read(_ bytes: [UInt8]) -> ClientHelloReader.Outcome {
        var reader = ClientHelloReader()
        return reader.read(bytes.span)
    }

    /// The answer when the bytes come in pieces of these sizes in turn.
    private func read(_ bytes: [UInt8], cutAt cuts: [Int]) -> ClientHelloReader.Outcome {
        var reader = ClientHelloReader()
        var outcome = ClientHelloReader.Outcome.needsMore
        for end in cuts + [bytes.count] {
            outcome = reader.read(Array(bytes[..<end]).span)
            if outcome != .needsMore { break }
        }
        return outcome
    }

    private func parsed(_ outcome: ClientHelloReader.Outcome) -> ClientHello? {
        if case .complete(let hello) = outcome { hello } else { nil }
    }

    @Test func `the hello of a real client is understood`() throws {
        let hello = try #require(parsed(read(HelloSamples.real(serverName: "shop.example.test"))))
        #expect(hello.serverName == "shop.example.test")
        #expect(hello.applicationProtocols == ["h2", "http/1.1"])
        #expect(hello.versions.contains(0x0304) && hello.versions.contains(0x0303))
        #expect(try parsed(read(HelloSamples.real(serverName: nil)))?.serverName == nil)
    }

    @Test func `it may be cut at every byte`() throws {
        let bytes = try HelloSamples.real(serverName: "shop.example.test")
        let whole = read(bytes)
        #expect(parsed(whole) != nil)
        for cut in 1..<bytes.count {
            #expect(read(Array(bytes[..<cut])) == .needsMore)
            #expect(read(bytes, cutAt: [cut]) == whole)
        }
        #expect(read(bytes, cutAt: Array(1..<bytes.count)) == whole)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 40, 41, 42, 100]) func `it may span records of any size`(size: Int) {
        let extensions = HelloSamples.name("Shop.Example.Test.") + HelloSamples.protocols(["acme-tls/1"]) + HelloSamples.versions([0x0304])
        let bytes = HelloSamples.records(HelloSamples.message(extensions), size: size)
        let expected = ClientHello(serverName: "shop.example.test", applicationProtocols: ["acme-tls/1"], versions: [0x0304])
        #expect(read(bytes) == .complete(expected))
        #expect(read(bytes, cutAt: Array(1..<bytes.count)) == .complete(expected))
    }

    @Test func `one without extensions is an old client's`() {
        #expect(read(HelloSamples.records(HelloSamples.message(nil))) == .complete(ClientHello(versions: [0x0303])))
    }

    @Test func `what follows the message is not looked at`() {
        let bytes = HelloSamples.records(HelloSamples.message(HelloSamples.name("a.test")))
        #expect(parsed(read(bytes + [0xFF, 0xFF]))?.serverName == "a.test")
    }

    @Test(arguments: ["10.0.0.1 ", "a b", "a/b", "\u{7F}", "bücher.test", ".", String(repeating: "a", count: 254)])
    func `a name that is no host name chooses nothing`(name: String) {
        let outcome = read(HelloSamples.records(HelloSamples.message(HelloSamples.name(name))))
        #expect(parsed(outcome) == ClientHello(versions: [0x0303]))
    }

    @Test func `the longest host name is taken`() {
        let name = String(repeating: "a", count: 253)
        #expect(parsed(read(HelloSamples.records(HelloSamples.message(HelloSamples.name(name)))))?.serverName == name)
    }

    @Test func `a message of the longest length is taken and a longer one is not`() {
        let empty = HelloSamples.message(HelloSamples.padding(0)).count - 4
        let fits = HelloSamples.message(HelloSamples.padding(ClientHelloReader.messageBytesMax - empty))
        #expect(parsed(read(HelloSamples.records(fits))) != nil)
        let tooLong = HelloSamples.message(HelloSamples.padding(ClientHelloReader.messageBytesMax - empty + 1))
        // Its header tells, so the rest need not come.
        #expect(
            read(Array(HelloSamples.records(tooLong, size: 9)[..<14])) == .refused(.tooLong(bytes: ClientHelloReader.messageBytesMax + 1)))
    }

    @Test func `a message cut so small that it takes too much to keep is refused`() {
        let message = HelloSamples.message(HelloSamples.padding(8000))
        let outcome = read(HelloSamples.records(message, size: 1), cutAt: Array(stride(from: 1000, to: 30000, by: 1000)))
        #expect(outcome == .refused(.tooLong(bytes: 21_000)))
    }

    @Test func `what is not TLS is refused from its first bytes`() {
        #expect(read(Array("G".utf8)) == .refused(.notTLS(looksLikeHTTP: true)))
        #expect(read([0x80, 0x2E, 1]) == .refused(.notTLS(looksLikeHTTP: false)))
        #expect(read([22, 2]) == .refused(.notTLS(looksLikeHTTP: false)))
        #expect(read([21, 3, 1, 0, 2, 1, 0]) == .refused(.notTLS(looksLikeHTTP: false)))
        #expect(read([22, 3, 1, 0, 0]) == .refused(.badRecordLength(0)))
        #expect(read([22, 3, 1, 0x40, 1]) == .refused(.badRecordLength(0x4001)))
        #expect(read([22, 3, 1, 0, 4, 2, 0, 0, 0]) == .refused(.unexpectedMessage(2)))
        let half = HelloSamples.records(HelloSamples.message(nil), size: 10)
        #expect(read(Array(half[..<15]) + [23, 3, 3, 0, 1, 0]) == .refused(.unexpectedMessage(23)))
        #expect(read([]) == .needsMore)
    }

    @Test func `every length that does not fit is refused, and none traps`() throws {
        let extensions = HelloSamples.name("a.test") + HelloSamples.protocols(["h2"]) + HelloSamples.versions([0x0304])
        let message = HelloSamples.message(extensions)
        for index in 4..<message.count {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
                var changed = message
                changed[index] = value
                if case .needsMore = read(HelloSamples.records(changed)) { Issue.record("byte \(index) = \(value) is waited for") }
            }
        }
        var short = message
        short[2] = 0
        short[3] = 5
        #expect(read(HelloSamples.records(short)) == .refused(.malformed))
    }

    @Test func `garbage neither traps nor is waited for beyond the limit`() throws {
        let random = RequestIDs(seed: 20_261_123)
        let real = try HelloSamples.real(serverName: "shop.example.test")
        for round in 0..<3000 {
            var bytes = real
            for _ in 0...Int(random.next() % 8) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if round % 3 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            _ = read(bytes, cutAt: [bytes.count / 3, bytes.count / 2])
            _ = read((0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
    }
}
