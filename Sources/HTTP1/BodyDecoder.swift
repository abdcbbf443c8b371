/// Finds the end of a body and the bytes that are its content. RFC 9112 §6.3, §7.1.
///
/// Two ways to use it, which may not be mixed within one body:
/// ``nextVerbatim(_:from:)`` when the body goes out in the framing in which it came (ranges to forward unchanged, chunk framing included),
/// ``nextContent(_:from:)`` when it does not (HTTP/1.0 downstream, HTTP/2, a body that is looked at).
public struct BodyDecoder: ~Copyable, Sendable {
    /// One step of forwarding in the same framing.
    public struct VerbatimStep: Hashable, Sendable {
        /// Bytes to forward unchanged; may be empty.
        public let range: Range<Int>
        /// Where the next call goes on; everything before has been dealt with.
        public let next: Int
        /// What to do after forwarding the range.
        public let then: Then

        /// What follows a range.
        public enum Then: Hashable, Sendable {
            /// Call again with `next`.
            case goOn
            /// Write a chunk-size line of this size (``ChunkedWriter``) instead of the one that came, then call again with `next`.
            case writeChunkSize(UInt64)
            /// Keep the bytes from `next` on and call again when there are more behind them.
            case needsMore
            /// The body is complete, its last bytes are in the range.
            case complete
            /// The body is complete but for its last chunk and trailers: write ``BodyDecoder/writeTrailers(_:forwardingFields:into:)``.
            case writeTrailers
        }
    }

    /// One step of reading the content.
    public struct ContentStep: Hashable, Sendable {
        /// Bytes of content; may be empty.
        public let range: Range<Int>
        /// Where the next call goes on.
        public let next: Int
        /// Whether the body is complete, or more bytes are needed, or neither.
        public let state: State

        /// Where the body stands after a step.
        public enum State: Hashable, Sendable {
            /// Call again with `next`.
            case goOn
            /// Keep the bytes from `next` on and call again when there are more behind them.
            case needsMore
            /// The body is complete; trailers, if any, can be written or read now.
            case complete
        }
    }

    enum State {
        /// Content-Length: bytes left.
        case length(UInt64)
        /// Before a chunk-size line.
        case chunkSize
        /// In a chunk: bytes left, at least 1.
        case chunkData(UInt64)
        /// Before the CRLF of a chunk.
        case chunkEnd
        /// Before the last chunk, whose size line has this many bytes with its CRLF, followed by the trailer section. Both are kept until
        /// the section is complete, because the line may have to be written anew.
        case lastChunk(Int)
        /// Everything up to the end of the connection.
        case untilClose
        case complete
    }

    var state = State.complete
    /// Content bytes so far, for limits on bodies and for logs.
    public internal(set) var contentBytes: UInt64 = 0
    /// The trailer fields that came. Ranges are offsets from ``trailersStart``. Forbidden ones are among them; ``writeTrailers(_:forwardingFields:into:)``
    /// leaves them out.
    public internal(set) var trailers = FieldTable()
    /// Offset of the first trailer field in the bytes of the last call.
    public internal(set) var trailersStart = 0
    var trailerScanner = HeadScanner()
    var extensionBytes = 0
    /// Bytes behind `from` in which no line end was found by the last call.
    var scanned = 0

    /// A decoder of no body.
    public init() {}

    /// Whether the body has been read to its end.
    public var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Makes ready for a body; keeps the storage.
    public mutating func reset(_ framing: Framing) {
        state =
            switch framing {
            case .none, .length(0): .complete
            case .length(let count): .length(count)
            case .chunked: .chunkSize
            case .untilClose: .untilClose
            }
        contentBytes = 0
        trailers.removeAll()
        trailersStart = 0
        trailerScanner.reset()
        extensionBytes = 0
        scanned = 0
    }

    /// To be called when the connection has ended.
    ///
    /// - Throws: ``MessageFault/truncated`` when the body was not complete: the other side must learn it by a closed connection.
    public mutating func end() throws(MessageFault) {
        switch state {
        case .untilClose: state = .complete
        case .complete: break
        case .length, .chunkSize, .chunkData, .chunkEnd, .lastChunk: throw .truncated
        }
    }
}
