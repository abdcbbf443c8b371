/// The pieces of a chunked body. RFC 9112 §7.1.
extension BodyDecoder {
    enum Element {
        case needsMore
        /// A size line; `isPlain` when it is digits without a leading zero and without extensions.
        case chunkSize(UInt64, next: Int, isPlain: Bool)
        case data(Range<Int>)
        case chunkEnd(next: Int)
        /// The last size line and the trailer section; `isPlain` when together they are `0 CRLF CRLF`.
        case last(next: Int, isPlain: Bool)
        case complete
    }

    /// Reads one piece of a body in any framing, or the part of it that is there.
    @inline(__always)
    mutating func nextElement(_ bytes: RawSpan, from start: Int) throws(MessageFault) -> Element {
        switch state {
        case .complete: return .complete
        case .chunkSize: return try readSizeLine(bytes, from: start)
        case .chunkEnd: return try readChunkEnd(bytes, from: start)
        case .lastChunk(let lineBytes): return try readLastChunk(bytes, from: start, lineBytes: lineBytes)
        case .length(let left):
            return takeData(bytes, from: start, left: left) { $0 == 0 ? .complete : .length($0) }
        case .chunkData(let left):
            return takeData(bytes, from: start, left: left) { $0 == 0 ? .chunkEnd : .chunkData($0) }
        case .untilClose:
            return takeData(bytes, from: start, left: .max) { _ in .untilClose }
        }
    }

    @inline(__always)
    private mutating func takeData(_ bytes: RawSpan, from start: Int, left: UInt64, after: (UInt64) -> State) -> Element {
        let available = bytes.byteCount &- start
        guard available > 0 else { return .needsMore }
        let count = Int(min(left, UInt64(available)))
        contentBytes &+= UInt64(count)
        state = after(left &- UInt64(count))
        return .data(start..<start &+ count)
    }

    private mutating func readSizeLine(_ bytes: RawSpan, from start: Int) throws(MessageFault) -> Element {
        let bytesMax = start + Limits.chunkLineBytesMax + 2
        switch try bytes.lineEnd(from: start + scanned, bytesMax: bytesMax, fault: .chunkLineTooLong) {
        case .needsMore(let seen):
            scanned = seen - start
            return .needsMore
        case .found(let end):
            scanned = 0
            return try takeSizeLine(bytes, start: start, end: end)
        }
    }

    private mutating func takeSizeLine(_ bytes: RawSpan, start: Int, end: Int) throws(MessageFault) -> Element {
        var size: UInt64 = 0
        var offset = start
        while offset < end, let digit = Self.hexDigit(bytes.byte(offset)) {
            // Before it could wrap: 16 digits fill 64 bits.
            guard offset - start < Limits.chunkSizeDigitsMax else { throw .chunkTooLarge }
            size = size &<< 4 | digit
            offset += 1
        }
        guard offset > start else { throw .chunkSizeMalformed }
        // Extensions start right behind the digits. RFC 9112 §7.1.1 lets a recipient take whitespace before the semicolon; we do not.
        guard offset == end || bytes.byte(offset) == ASCII.semicolon else { throw .chunkSizeMalformed }
        guard size <= Limits.bodyBytesMax, contentBytes <= Limits.bodyBytesMax - size else { throw .chunkTooLarge }
        extensionBytes += end - offset
        guard extensionBytes <= Limits.chunkExtensionBytesMax else { throw .chunkExtensionsTooLarge }
        guard size > 0 else {
            state = .lastChunk(end + 2 - start)
            return try readLastChunk(bytes, from: start, lineBytes: end + 2 - start)
        }
        state = .chunkData(size)
        return .chunkSize(size, next: end + 2, isPlain: offset == end && bytes.byte(start) != ASCII.zero)
    }

    private mutating func readChunkEnd(_ bytes: RawSpan, from start: Int) throws(MessageFault) -> Element {
        guard start < bytes.byteCount else { return .needsMore }
        guard bytes.byte(start) == ASCII.cr else { throw .chunkUnterminated }
        guard start + 1 < bytes.byteCount else { return .needsMore }
        guard bytes.byte(start + 1) == ASCII.lf else { throw .chunkUnterminated }
        state = .chunkSize
        return .chunkEnd(next: start + 2)
    }

    private mutating func readLastChunk(_ bytes: RawSpan, from start: Int, lineBytes: Int) throws(MessageFault) -> Element {
        trailersStart = start + lineBytes
        let section = bytes.extracting(trailersStart..<bytes.byteCount)
        let progress = try trailerScanner.nextFields(
            section, into: &trailers, bytesMax: Limits.trailerBytesMax, tooLarge: .trailersTooLarge)
        guard progress == .complete else { return .needsMore }
        state = .complete
        return .last(next: trailersStart + trailerScanner.lineStart, isPlain: lineBytes == 3 && trailers.count == 0)
    }

    @inline(__always)
    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte &- UInt8(ascii: "a") &+ 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte &- UInt8(ascii: "A") &+ 10)
        default: nil
        }
    }
}

extension BodyDecoder {
    /// Goes on through the bytes of a body that is forwarded in the framing in which it came: as far as the bytes are plain, which for
    /// nearly all bodies is to the end of them.
    ///
    /// - Parameters:
    ///   - bytes: what has come and not been dealt with, any bytes of the next message included.
    ///   - start: 0, or `next` of the last step with the same bytes.
    /// - Throws: why the body is refused. What was forwarded of it is incomplete, so both connections are to be closed.
    public mutating func nextVerbatim(_ bytes: RawSpan, from start: Int) throws(MessageFault) -> VerbatimStep {
        var end = start
        while true {
            switch try nextElement(bytes, from: end) {
            case .needsMore: return VerbatimStep(range: start..<end, next: end, then: .needsMore)
            case .data(let range): end = range.upperBound
            case .chunkEnd(let next): end = next
            case .chunkSize(_, let next, isPlain: true): end = next
            case .chunkSize(let size, let next, isPlain: false):
                return VerbatimStep(range: start..<end, next: next, then: .writeChunkSize(size))
            case .last(let next, isPlain: true): return VerbatimStep(range: start..<next, next: next, then: .complete)
            case .last(let next, isPlain: false): return VerbatimStep(range: start..<end, next: next, then: .writeTrailers)
            case .complete: return VerbatimStep(range: start..<end, next: end, then: .complete)
            }
        }
    }

    /// Goes on to the next bytes of content, without chunk framing.
    ///
    /// - Parameters:
    ///   - bytes: what has come and not been dealt with, any bytes of the next message included.
    ///   - start: 0, or `next` of the last step with the same bytes.
    /// - Throws: why the body is refused, as ``nextVerbatim(_:from:)`` does.
    public mutating func nextContent(_ bytes: RawSpan, from start: Int) throws(MessageFault) -> ContentStep {
        var position = start
        while true {
            switch try nextElement(bytes, from: position) {
            case .needsMore: return ContentStep(range: position..<position, next: position, state: .needsMore)
            case .data(let range):
                return ContentStep(range: range, next: range.upperBound, state: isComplete ? .complete : .goOn)
            case .chunkEnd(let next), .chunkSize(_, let next, _): position = next
            case .last(let next, _): return ContentStep(range: next..<next, next: next, state: .complete)
            case .complete: return ContentStep(range: position..<position, next: position, state: .complete)
            }
        }
    }
}
