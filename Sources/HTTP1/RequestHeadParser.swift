/// Reads request heads of one connection, one after the other, into storage that is reused. RFC 9112 §2, §3.
///
/// ```swift
/// switch try parser.parse(buffer.readableBytesSpan) {
/// case .needsMore: break             // read more, call again with all bytes
/// case .complete:                    // parser.head is good; its ranges are offsets into the bytes
///     …; buffer.moveReaderIndex(forwardBy: parser.head.length); parser.reset()
/// }
/// ```
public struct RequestHeadParser: ~Copyable, Sendable {
    private enum State {
        case emptyLines(Int)
        case requestLine
        case fields
        case complete
    }

    /// The head; good after ``parse(_:)`` has returned ``ParseProgress/complete``, until ``reset()``.
    public private(set) var head = RequestHead()
    private var state = State.emptyLines(0)
    private var scanner = HeadScanner()

    /// A parser at the start of a connection. Allocates nothing until the first field.
    public init() {}

    /// Makes ready for the next message; keeps the storage.
    public mutating func reset() {
        head.reset()
        state = .emptyLines(0)
        scanner.reset()
    }

    /// Looks at the bytes of the message that have come so far. Each byte is looked at once over all calls.
    ///
    /// - Parameter bytes: from the first byte after the previous message; in each call the same ones again with more behind them. What
    ///   follows the head is not looked at.
    /// - Throws: why it is refused; the caller answers ``MessageFault/status``, closes, and does not call again.
    public mutating func parse(_ bytes: RawSpan) throws(MessageFault) -> ParseProgress {
        while true {
            switch state {
            case .emptyLines(let count):
                guard try skipEmptyLine(bytes, count) else { return .needsMore }
            case .requestLine:
                guard try readRequestLine(bytes) else { return .needsMore }
            case .fields:
                let progress = try scanner.nextFields(
                    bytes, into: &head.fields, bytesMax: Limits.headBytesMax, tooLarge: .headTooLarge)
                guard progress == .complete else { return .needsMore }
                head.length = scanner.lineStart
                try head.interpretFields(bytes)
                state = .complete
            case .complete:
                return .complete
            }
        }
    }

    /// One CRLF before the request line, or on to the request line.
    ///
    /// The first byte decides, so that what is not HTTP at all (a TLS record, for instance) is refused at once instead of waited for.
    @inline(__always)
    private mutating func skipEmptyLine(_ bytes: RawSpan, _ count: Int) throws(MessageFault) -> Bool {
        let start = scanner.lineStart
        guard start < bytes.byteCount else { return false }
        let first = bytes.byte(start)
        if ByteSet.token.contains(first) {
            state = .requestLine
            return true
        }
        if first == ASCII.lf { throw .bareLF }
        guard first == ASCII.cr else { throw .methodMalformed }
        guard count < Limits.emptyLinesMax else { throw .emptyLinesTooMany }
        guard case .complete = try scanner.nextLine(bytes, bytesMax: Limits.headBytesMax, fault: .headTooLarge) else { return false }
        state = .emptyLines(count + 1)
        return true
    }

    @inline(__always)
    private mutating func readRequestLine(_ bytes: RawSpan) throws(MessageFault) -> Bool {
        let bytesMax = scanner.lineStart + Limits.requestLineBytesMax + 2
        let line = try scanner.nextLine(bytes, bytesMax: bytesMax, fault: .requestLineTooLong)
        guard case .complete(let start, let end) = line else { return false }
        head.take(try RequestLine(bytes, start: start, end: end))
        state = .fields
        return true
    }
}
