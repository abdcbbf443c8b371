internal import HTTP1
internal import NIOCore

/// How a body goes out that came in by a ``BodyDecoder``. Sans-I/O: bytes from one buffer to another.
enum BodyRelay {
    /// What is done with the bytes.
    enum Mode: Equatable {
        /// They go out in the framing in which they came; of trailers, only if the recipient takes them.
        case verbatim(trailers: Bool)
        /// Each piece of content becomes a chunk.
        case contentAsChunks
        /// Content alone goes out.
        case content
        /// Nowhere; it is read to find its end.
        case discard
    }

    /// Moves what is there of a body into `output`; when that has no memory of its own, large pieces need not be copied. What is left in `input` is either behind the body or the start of chunk framing not complete yet.
    ///
    /// - Returns: whether the body is complete.
    /// - Throws: what is wrong with the framing; `output` may hold good bytes from before the fault.
    static func move(
        _ decoder: inout BodyDecoder, _ mode: Mode, from input: inout ByteBuffer, to output: inout ByteBuffer
    ) throws(MessageFault) -> Bool {
        if decoder.isComplete { return true }
        guard input.readableBytes > 0 else { return false }
        switch mode {
        case .verbatim(let trailers): return try moveVerbatim(&decoder, trailers, from: &input, to: &output)
        case .contentAsChunks, .content, .discard: return try moveContent(&decoder, mode, from: &input, to: &output)
        }
    }

    /// Writes the end of a body that came up to the end of its connection, after ``BodyDecoder/end()``.
    static func finish(_ mode: Mode, to output: inout ByteBuffer) {
        if mode == .contentAsChunks { output.writeStaticString(ChunkedWriter.end) }
    }

    private static func moveVerbatim(
        _ decoder: inout BodyDecoder, _ trailers: Bool, from input: inout ByteBuffer, to output: inout ByteBuffer
    ) throws(MessageFault) -> Bool {
        var from = 0
        // Ranges that touch are copied at once; most bodies are one range.
        var run = 0..<0
        while true {
            let step = try decoder.nextVerbatim(input.readableBytesSpan, from: from)
            if step.range.lowerBound == run.upperBound {
                run = run.lowerBound..<step.range.upperBound
            } else {
                copy(run, of: input, to: &output)
                run = step.range
            }
            from = step.next
            switch step.then {
            case .goOn:
                continue
            case .writeChunkSize(let size):
                copy(run, of: input, to: &output)
                run = from..<from
                output.writeWithOutputRawSpan(minimumWritableBytes: ChunkedWriter.sizeLineBytesMax) { span in
                    ChunkedWriter.writeSize(size, into: &span)
                }
            case .needsMore, .complete:
                take(run, upTo: from, of: &input, to: &output)
                return step.then == .complete
            case .writeTrailers:
                copy(run, of: input, to: &output)
                writeTrailers(decoder, input, forwarding: trailers, to: &output)
                input.moveReaderIndex(forwardBy: from)
                return true
            }
        }
    }

    private static func moveContent(
        _ decoder: inout BodyDecoder, _ mode: Mode, from input: inout ByteBuffer, to output: inout ByteBuffer
    ) throws(MessageFault) -> Bool {
        var from = 0
        while true {
            let step = try decoder.nextContent(input.readableBytesSpan, from: from)
            from = step.next
            switch mode {
            case .content:
                copy(step.range, of: input, to: &output)
            case .contentAsChunks where !step.range.isEmpty:
                output.writeWithOutputRawSpan(minimumWritableBytes: ChunkedWriter.sizeLineBytesMax) { span in
                    ChunkedWriter.writeSize(UInt64(step.range.count), into: &span)
                }
                copy(step.range, of: input, to: &output)
                output.writeStaticString(ChunkedWriter.chunkEnd)
            case .verbatim, .contentAsChunks, .discard:
                break
            }
            guard step.state != .goOn else { continue }
            input.moveReaderIndex(forwardBy: from)
            if step.state == .complete { finish(mode, to: &output) }
            return step.state == .complete
        }
    }

    /// Copies a range of the readable bytes.
    @inline(__always)
    private static func copy(_ range: Range<Int>, of input: ByteBuffer, to output: inout ByteBuffer) {
        guard !range.isEmpty, let slice = input.getSlice(at: input.readerIndex + range.lowerBound, length: range.count) else { return }
        output.writeImmutableBuffer(slice)
    }

    /// Copies a range and steps behind it. A range that is all there is goes out in the memory that it came in, if the caller brought none.
    @inline(__always)
    private static func take(_ range: Range<Int>, upTo end: Int, of input: inout ByteBuffer, to output: inout ByteBuffer) {
        if output.capacity == 0, range.count == input.readableBytes, range.count >= Self.copiedBytesMax {
            output = input
            input = ByteBuffer()
            return
        }
        copy(range, of: input, to: &output)
        input.moveReaderIndex(forwardBy: end)
    }

    private static func writeTrailers(
        _ decoder: borrowing BodyDecoder, _ input: ByteBuffer, forwarding: Bool, to output: inout ByteBuffer
    ) {
        let bytes = input.readableBytesSpan
        output.writeWithOutputRawSpan(minimumWritableBytes: BodyDecoder.trailersWrittenBytesMax) { span in
            decoder.writeTrailers(bytes, forwardingFields: forwarding, into: &span)
        }
    }

    /// Up to here copying costs less than it costs to let go of the memory that the bytes came in.
    static let copiedBytesMax = 2048
}
