/// Content-Length and Transfer-Encoding of one head, read without leniency. RFC 9112 §6.
enum FramingFields {
    /// What the two fields say: nil when there is neither.
    ///
    /// - Parameter sameLengthMayRepeat: whether several Content-Length fields of one value are one (responses only, RFC 9110 §8.6).
    @inline(__always)
    static func framing(
        _ bytes: RawSpan, _ fields: borrowing FieldTable, _ version: ProtocolVersion, sameLengthMayRepeat: Bool
    ) throws(MessageFault) -> Framing? {
        if fields.contains(.transferEncoding) {
            try checkTransferEncoding(bytes, fields, version)
            return .chunked
        }
        guard fields.contains(.contentLength) else { return nil }
        return .length(try contentLength(bytes, fields, mayRepeat: sameLengthMayRepeat))
    }

    private static func checkTransferEncoding(
        _ bytes: RawSpan, _ fields: borrowing FieldTable, _ version: ProtocolVersion
    ) throws(MessageFault) {
        guard version == .http11 else { throw .transferEncodingInHTTP10 }
        guard !fields.repeats(.transferEncoding) else { throw .transferEncodingRepeated }
        guard !fields.contains(.contentLength) else { throw .transferEncodingWithLength }
        guard let value = fields.value(of: .transferEncoding), bytes.matches(value, "chunked") else { throw .transferCodingUnsupported }
    }

    private static func contentLength(
        _ bytes: RawSpan, _ fields: borrowing FieldTable, mayRepeat: Bool
    ) throws(MessageFault) -> UInt64 {
        guard mayRepeat || !fields.repeats(.contentLength) else { throw .contentLengthRepeated }
        var length: UInt64?
        for slot in fields.slots where slot.name == .contentLength {
            let value = try decimal(bytes, Int(slot.valueStart)..<Int(slot.valueEnd))
            guard length == nil || length == value else { throw .contentLengthRepeated }
            length = value
        }
        return length ?? 0
    }

    /// 1*DIGIT; no sign, no list, no whitespace.
    private static func decimal(_ bytes: RawSpan, _ range: Range<Int>) throws(MessageFault) -> UInt64 {
        guard !range.isEmpty else { throw .contentLengthMalformed }
        var value: UInt64 = 0
        for offset in range {
            let digit = UInt64(bytes.byte(offset)) &- UInt64(ASCII.zero)
            guard digit <= 9 else { throw bytes.byte(offset) == ASCII.comma ? .contentLengthRepeated : .contentLengthMalformed }
            // Before it could wrap: 19 digits are below 2^64.
            guard offset &- range.lowerBound < Limits.contentLengthDigitsMax else { throw .contentLengthMalformed }
            value = value &* 10 &+ digit
        }
        guard value <= Limits.bodyBytesMax else { throw .contentLengthMalformed }
        return value
    }
}
