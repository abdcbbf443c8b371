import HTTP1
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Limits of heads, RFC 9110 §15.5.15, RFC 6585 §5")
struct LimitsTests {
    private let line = "GET / HTTP/1.1\r\nHost: a\r\n"

    /// A request whose head has exactly so many bytes.
    private func head(of bytes: Int) -> String {
        let fixed = line.utf8.count + "X: \r\n\r\n".utf8.count
        return line + "X: " + String(repeating: "a", count: bytes - fixed) + "\r\n\r\n"
    }

    /// A request whose request line has exactly so many bytes without its CRLF.
    private func requestLine(of bytes: Int) -> String {
        "GET /" + String(repeating: "a", count: bytes - "GET / HTTP/1.1".utf8.count) + " HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    /// The verdict, which must be the same whether the bytes come at once, in a few pieces, or with the last ones alone.
    private func verdict(_ text: String) -> MessageFault? {
        let bytes = wire(text)
        let whole = readRequest(bytes)
        for cuts in [[bytes.count / 2], [bytes.count - 3], Array(stride(from: 1, to: bytes.count, by: 97))] {
            let cut = readRequest(bytes, cuts: cuts)
            #expect(cut == whole)
        }
        if case .refused(let fault) = whole { return fault }
        #expect(whole != .needsMore)
        return nil
    }

    @Test func `a head of the limit is read, of one byte more is refused with 431`() {
        #expect(verdict(head(of: Limits.headBytesMax)) == nil)
        #expect(verdict(head(of: Limits.headBytesMax + 1)) == .headTooLarge)
        #expect(verdict(head(of: Limits.headBytesMax + 5000)) == .headTooLarge)
        #expect(MessageFault.headTooLarge.status == 431)
    }

    @Test func `an unfinished head is refused once it cannot fit any more`() {
        let endless = wire(line + "X: " + String(repeating: "a", count: Limits.headBytesMax))
        #expect(readRequest(Array(endless[..<(Limits.headBytesMax - 1)])) == .needsMore)
        #expect(readRequest(Array(endless[..<Limits.headBytesMax])) == .refused(.headTooLarge))
    }

    @Test func `a request line of the limit is read, of one byte more is refused with 414`() {
        #expect(verdict(requestLine(of: Limits.requestLineBytesMax)) == nil)
        #expect(verdict(requestLine(of: Limits.requestLineBytesMax + 1)) == .requestLineTooLong)
        #expect(verdict("\r\n" + requestLine(of: Limits.requestLineBytesMax)) == nil)
        #expect(verdict("\r\n" + requestLine(of: Limits.requestLineBytesMax + 1)) == .requestLineTooLong)
        #expect(MessageFault.requestLineTooLong.status == 414)
    }

    @Test func `an unfinished request line is refused once it cannot fit any more`() {
        let endless = wire("GET /" + String(repeating: "a", count: Limits.requestLineBytesMax))
        #expect(readRequest(Array(endless[..<(Limits.requestLineBytesMax + 1)])) == .needsMore)
        let more = endless + wire("aa")
        #expect(readRequest(Array(more[..<(Limits.requestLineBytesMax + 2)])) == .refused(.requestLineTooLong))
    }

    @Test func `as many fields as the limit are read, one more is refused with 431`() {
        func fields(_ count: Int) -> String { line + String(repeating: "X: y\r\n", count: count - 1) + "\r\n" }
        #expect(verdict(fields(Limits.fieldCountMax)) == nil)
        #expect(verdict(fields(Limits.fieldCountMax + 1)) == .fieldsTooMany)
        #expect(MessageFault.fieldsTooMany.status == 431)
    }

    @Test func `a method of the limit is read, of one byte more is refused with 501`() {
        func method(_ count: Int) -> String { String(repeating: "M", count: count) + " / HTTP/1.1\r\nHost: a\r\n\r\n" }
        #expect(verdict(method(Limits.methodBytesMax)) == nil)
        #expect(verdict(method(Limits.methodBytesMax + 1)) == .methodTooLong)
        #expect(MessageFault.methodTooLong.status == 501)
    }

    @Test func `a host of the limit is read, of one byte more is refused`() {
        func host(_ count: Int) -> String { "GET / HTTP/1.1\r\nHost: " + String(repeating: "a", count: count) + ":80\r\n\r\n" }
        #expect(verdict(host(Limits.hostBytesMax)) == nil)
        #expect(verdict(host(Limits.hostBytesMax + 1)) == .hostMalformed)
    }

    @Test func `as many Connection options as the limit are read, one more is refused`() {
        func options(_ count: Int) -> String {
            line + String(repeating: "Connection: x\r\n", count: count - 1) + "Connection: , y,\r\n\r\n"
        }
        #expect(verdict(options(Limits.connectionOptionsMax)) == nil)
        #expect(verdict(options(Limits.connectionOptionsMax + 1)) == .connectionOptionsTooMany)
    }

    @Test func `as many empty lines as the limit are skipped, one more is refused`() {
        func empty(_ count: Int) -> String { String(repeating: "\r\n", count: count) + line + "\r\n" }
        #expect(verdict(empty(Limits.emptyLinesMax)) == nil)
        #expect(verdict(empty(Limits.emptyLinesMax + 1)) == .emptyLinesTooMany)
    }

    @Test func `a response head of the limit is read, of one byte more is refused`() {
        func response(_ bytes: Int) -> [UInt8] {
            let fixed = "HTTP/1.1 200 OK\r\nX: \r\n\r\n".utf8.count
            return wire("HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: bytes - fixed) + "\r\n\r\n")
        }
        #expect(readResponse(response(Limits.headBytesMax)) != .refused(.headTooLarge))
        #expect(readResponse(response(Limits.headBytesMax + 1)) == .refused(.headTooLarge))
        #expect(
            responseFault("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: Limits.fieldCountMax + 1) + "\r\n") == .fieldsTooMany
        )
    }

    @Test func `a head that comes in single bytes is read in time that grows with its length, not with its square`() {
        func time(_ count: Int) -> Double {
            let bytes = wire(head(of: count))
            let cuts = Array(1..<count)
            let whole = readRequest(bytes)
            // The least of several, in time of this thread: what else runs on the machine must not decide.
            return (0..<4).map { _ in
                let start = Self.threadSeconds()
                let verdict = readRequest(bytes, cuts: cuts)
                let end = Self.threadSeconds()
                #expect(verdict == whole)
                return end - start
            }.min() ?? 0
        }
        // Eight times the length: 8 when each byte is looked at once, near 64 when all are looked at again for each new one.
        let ratio = time(Limits.headBytesMax) / time(Limits.headBytesMax / 8)
        #expect(ratio < 24)
    }

    /// Processor time of the calling thread.
    private static func threadSeconds() -> Double {
        var time = timespec()
        // SAFETY: the pointer is good for the call.
        let status = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        precondition(status == 0, "Linux and macOS have this clock")
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    @Test func `the limits fit each other`() {
        #expect(Limits.headBytesMax <= UInt16.max)
        #expect(Limits.trailerBytesMax <= Limits.headBytesMax)
        #expect(Limits.requestLineBytesMax + 2 < Limits.headBytesMax)
        #expect(Limits.methodBytesMax < Limits.requestLineBytesMax)
        #expect(Limits.requestLineBytesMax >= 8000)
        #expect(Limits.hostBytesMax >= 254)
        #expect(Limits.bodyBytesMax <= UInt64(Int64.max) / 2)
        #expect(String(Limits.bodyBytesMax).count <= Limits.contentLengthDigitsMax)
        #expect(String(Limits.bodyBytesMax, radix: 16).count <= Limits.chunkSizeDigitsMax)
        #expect(Limits.chunkSizeDigitsMax < Limits.chunkLineBytesMax)
        #expect(Limits.chunkLineBytesMax < Limits.chunkExtensionBytesMax)
    }
}
