/// Writes chunk framing around content. RFC 9112 §7.1.
public enum ChunkedWriter {
    /// The most that ``writeSize(_:into:)`` writes: 16 digits and a CRLF.
    public static let sizeLineBytesMax = 18
    /// `0 CRLF CRLF`: the last chunk and an empty trailer section.
    public static let end: StaticString = "0\r\n\r\n"
    /// What follows the content of a chunk.
    public static let chunkEnd: StaticString = "\r\n"

    /// Writes a chunk-size line.
    ///
    /// - Parameter size: at least 1; zero would end the body.
    public static func writeSize(_ size: UInt64, into output: inout OutputRawSpan) {
        precondition(size > 0, "a chunk of no bytes would end the body")
        output.writeHex(size)
        output.write(chunkEnd)
    }

    /// Writes ``end``.
    public static func writeEnd(into output: inout OutputRawSpan) { output.write(end) }
}

extension BodyDecoder {
    /// The most that ``writeTrailers(_:forwardingFields:into:)`` writes.
    public static let trailersWrittenBytesMax = Limits.trailerBytesMax + 3

    /// Writes the last chunk and the trailer section after ``VerbatimStep/Then/writeTrailers``, or when content that came chunked goes out
    /// chunked anew.
    ///
    /// - Parameters:
    ///   - bytes: those of the call that completed the body.
    ///   - forwardingFields: whether the recipient takes trailers. Even then fields that frame, route, authenticate or describe the
    ///     content are left out (RFC 9110 §6.5.1), because a recipient that merges them into the head would be deceived.
    public borrowing func writeTrailers(_ bytes: RawSpan, forwardingFields: Bool, into output: inout OutputRawSpan) {
        output.write("0\r\n")
        if forwardingFields {
            let section = bytes.extracting(trailersStart..<bytes.byteCount)
            for index in 0..<trailers.count {
                let field = trailers[index]
                guard Self.isAllowed(section, field) else { continue }
                output.write(section, field.nameRange)
                output.write(": ")
                output.write(section, field.valueRange)
                output.write("\r\n")
            }
        }
        output.write("\r\n")
    }

    /// Every name with a rule of its own is refused, and those of RFC 9110 §6.5.1 that have none here.
    private static func isAllowed(_ section: RawSpan, _ field: Field) -> Bool {
        guard field.name == .other else { return false }
        for prefix in ["content-", "if-", "x-forwarded-", "proxy-", "access-control-", "sec-"] as [StaticString] {
            let length = prefix.utf8CodeUnitCount
            if field.nameRange.count >= length, section.matches(field.nameRange.prefix(length), prefix) { return false }
        }
        for name in ["age", "expires", "max-forwards", "pragma", "range", "retry-after", "vary", "warning"] as [StaticString]
        where section.matches(field.nameRange, name) {
            return false
        }
        return true
    }
}
