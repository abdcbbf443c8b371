import HTTP1
import NIOCore
import Testing

@testable import Proxy

@Suite("Body relay, RFC 9112 §6-§7") struct BodyRelayTests {
    private struct Result: Equatable {
        var output = ""
        var rest = ""
        var isComplete = false
    }

    private func relay(_ pieces: [String], _ framing: Framing, _ mode: BodyRelay.Mode, hasOutputMemory: Bool) throws -> Result {
        var decoder = BodyDecoder()
        decoder.reset(framing)
        var result = Result()
        var input = ByteBuffer()
        for piece in pieces {
            input.writeString(piece)
            var output = hasOutputMemory ? ByteBufferAllocator().buffer(capacity: 16) : ByteBuffer()
            if !result.isComplete { result.isComplete = try BodyRelay.move(&decoder, mode, from: &input, to: &output) }
            result.output += String(buffer: output)
        }
        result.rest = String(buffer: input)
        return result
    }

    /// The same in one piece, in two pieces cut at each place, and byte by byte.
    private func relay(_ text: String, _ framing: Framing, _ mode: BodyRelay.Mode) throws -> Set<String> {
        var results: Set<String> = []
        let bytes = Array(text.utf8)
        let cuts: [[String]] =
            (0...bytes.count).map { cut in [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) } }
            + [bytes.map { String(decoding: [$0], as: UTF8.self) }]
        for pieces in cuts {
            for hasOutputMemory in [true, false] {
                let result = try relay(pieces, framing, mode, hasOutputMemory: hasOutputMemory)
                results.insert("\(result.output)|\(result.rest)|\(result.isComplete)")
            }
        }
        return results
    }

    private let chunked = "5\r\nhello\r\n006;a=b\r\n world\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\nGET"

    @Test func `a length counts content`() throws {
        #expect(try relay("hello world", .length(5), .verbatim(trailers: false)) == ["hello| world|true"])
        #expect(try relay("hello", .length(6), .verbatim(trailers: false)) == ["hello||false"])
    }

    @Test func `chunks go through as they are but for extensions`() throws {
        #expect(
            try relay(chunked, .chunked, .verbatim(trailers: true)) == ["5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n|GET|true"])
        #expect(try relay(chunked, .chunked, .verbatim(trailers: false)) == ["5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n|GET|true"])
    }

    @Test func `content goes out alone`() throws {
        #expect(try relay(chunked, .chunked, .content) == ["hello world|GET|true"])
        #expect(try relay("hello", .untilClose, .content) == ["hello||false"])
        #expect(try relay(chunked, .chunked, .discard) == ["|GET|true"])
    }

    @Test func `content up to the end of the connection becomes chunks`() throws {
        #expect(
            try relay(["hello", " world"], .untilClose, .contentAsChunks, hasOutputMemory: true).output == "5\r\nhello\r\n6\r\n world\r\n")
        var output = ByteBuffer()
        BodyRelay.finish(.contentAsChunks, to: &output)
        #expect(String(buffer: output) == "0\r\n\r\n")
    }

    @Test func `a fault is thrown wherever the bytes are cut`() {
        for text in ["5\r\nhelloX\r\n", "5 \r\n", "-1\r\n", "5\nhello", "5\r\nhello\r\n0\r\nbad field\r\n\r\n"] {
            #expect(throws: MessageFault.self) { try relay([text], .chunked, .verbatim(trailers: true), hasOutputMemory: true) }
            let bytes = text.map { String($0) }
            #expect(throws: MessageFault.self) { try relay(bytes, .chunked, .content, hasOutputMemory: true) }
        }
    }

    @Test func `a large piece is handed over in its own memory`() throws {
        var decoder = BodyDecoder()
        decoder.reset(.length(100_000))
        var input = ByteBuffer(repeating: 1, count: 10_000)
        let before = address(input)
        var output = ByteBuffer()
        #expect(try !BodyRelay.move(&decoder, .verbatim(trailers: false), from: &input, to: &output))
        #expect(input.readableBytes == 0 && output.readableBytes == 10_000)
        #expect(address(output) == before)
        // Not into memory that the caller means to use again.
        input = ByteBuffer(repeating: 2, count: 10_000)
        output = ByteBufferAllocator().buffer(capacity: 64)
        #expect(try !BodyRelay.move(&decoder, .verbatim(trailers: false), from: &input, to: &output))
        #expect(address(output) != address(input))
    }

    private func address(_ buffer: ByteBuffer) -> UInt {
        unsafe buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    }
}
