import HTTP1

/// What became of a body.
enum BodyVerdict: Hashable {
    /// Content (or forwarded bytes), trailers as `name=value`, and how many bytes were left behind the body.
    case complete(content: String, trailers: [String], left: Int)
    case needsMore(content: String)
    case refused(MessageFault, content: String)

    /// The same without what was read before a fault or an end, which depends on how bytes come.
    var ending: BodyVerdict {
        switch self {
        case .complete: self
        case .needsMore: .needsMore(content: "")
        case .refused(let fault, _): .refused(fault, content: "")
        }
    }
}

/// A connection that brings bytes in pieces and a reader that keeps what a decoder has not dealt with.
struct BodyReader: ~Copyable {
    var decoder = BodyDecoder()
    private var kept: [UInt8] = []
    private(set) var content: [UInt8] = []
    private(set) var trailers: [String] = []
    private(set) var mostKept = 0

    init(_ framing: Framing) { decoder.reset(framing) }

    /// Reads content.
    mutating func read(_ bytes: [UInt8], cuts: [Int] = []) -> BodyVerdict {
        run(bytes, cuts) { reader throws(MessageFault) in
            var next = 0
            while true {
                let step = try lend(reader.kept) { raw throws(MessageFault) in try reader.decoder.nextContent(raw, from: next) }
                reader.content += reader.kept[step.range]
                next = step.next
                switch step.state {
                case .goOn: continue
                case .needsMore:
                    reader.kept.removeFirst(next)
                    return false
                case .complete:
                    reader.collectTrailers()
                    reader.kept.removeFirst(next)
                    return true
                }
            }
        }
    }

    /// Forwards verbatim; the content is then what was forwarded.
    mutating func forward(_ bytes: [UInt8], cuts: [Int] = [], forwardingFields: Bool = true) -> BodyVerdict {
        run(bytes, cuts) { reader throws(MessageFault) in
            var next = 0
            while true {
                let step = try lend(reader.kept) { raw throws(MessageFault) in try reader.decoder.nextVerbatim(raw, from: next) }
                reader.content += reader.kept[step.range]
                next = step.next
                switch step.then {
                case .goOn: continue
                case .writeChunkSize(let size):
                    reader.content += write(ChunkedWriter.sizeLineBytesMax) { ChunkedWriter.writeSize(size, into: &$0) }
                case .needsMore:
                    reader.kept.removeFirst(next)
                    return false
                case .writeTrailers:
                    reader.content += lend(reader.kept) { raw in
                        write(BodyDecoder.trailersWrittenBytesMax) {
                            reader.decoder.writeTrailers(raw, forwardingFields: forwardingFields, into: &$0)
                        }
                    }
                    reader.collectTrailers()
                    reader.kept.removeFirst(next)
                    return true
                case .complete:
                    reader.kept.removeFirst(next)
                    return true
                }
            }
        }
    }

    private mutating func collectTrailers() {
        let start = decoder.trailersStart
        for index in 0..<decoder.trailers.count {
            let field = decoder.trailers[index]
            func text(_ range: Range<Int>) -> String {
                String(decoding: kept[(start + range.lowerBound)..<(start + range.upperBound)], as: UTF8.self)
            }
            trailers.append("\(text(field.nameRange))=\(text(field.valueRange))")
        }
    }

    private mutating func run(
        _ bytes: [UInt8], _ cuts: [Int], _ step: (inout BodyReader) throws(MessageFault) -> Bool
    ) -> BodyVerdict {
        var start = 0
        for end in cuts + [bytes.count] {
            kept += bytes[start..<end]
            start = end
            do throws(MessageFault) {
                if try step(&self) {
                    let text = String(decoding: content, as: UTF8.self)
                    return .complete(content: text, trailers: trailers, left: kept.count + bytes.count - end)
                }
            } catch {
                return .refused(error, content: String(decoding: content, as: UTF8.self))
            }
            mostKept = max(mostKept, kept.count)
        }
        return .needsMore(content: String(decoding: content, as: UTF8.self))
    }
}

/// Reads the content of a whole body.
func readBody(_ text: String, _ framing: Framing = .chunked, cuts: [Int] = []) -> BodyVerdict {
    var reader = BodyReader(framing)
    return reader.read(wire(text), cuts: cuts)
}

/// Forwards a whole body.
func forwardBody(_ text: String, _ framing: Framing = .chunked, cuts: [Int] = [], forwardingFields: Bool = true) -> BodyVerdict {
    var reader = BodyReader(framing)
    return reader.forward(wire(text), cuts: cuts, forwardingFields: forwardingFields)
}

/// What a writer writes when it is given room for so many bytes.
func write(_ room: Int, _ body: (inout OutputRawSpan) -> Void) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
    defer { unsafe memory.deallocate() }
    // SAFETY: the span does not leave this function; only what was written is read.
    var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
    body(&output)
    let count = output.byteCount
    return unsafe Array(memory[..<count])
}
