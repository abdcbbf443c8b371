/// What a `traceparent` says: which trace a request belongs to, who asked, and whether they record. W3C Trace Context §3.2.
public struct TraceContext: Hashable, Sendable {
    /// The trace.
    public let traceID: TraceID
    /// The span that the request came from.
    public let parentID: SpanID
    /// Whether whoever asked may have recorded.
    public let isSampled: Bool
    /// Whether the trace's number is known to be random. Level 2, §3.2.2.5.
    public let isRandom: Bool

    /// A context of these parts.
    public init(traceID: TraceID, parentID: SpanID, isSampled: Bool, isRandom: Bool = false) {
        self.traceID = traceID
        self.parentID = parentID
        self.isSampled = isSampled
        self.isRandom = isRandom
    }

    /// Reads the value of a field, without white space around it.
    ///
    /// Versions that are not known yet are read as far as version 00 goes, as §4.3 asks; version ff and upper-case digits are refused.
    ///
    /// - Returns: nil when it is malformed: then it is as if there were none, and `tracestate` is not to be read either.
    public init?(traceparent bytes: Span<UInt8>) {
        guard bytes.count >= Self.bytesCount, let version = Hexadecimal.value(bytes, 0..<2), version != 0xFF,
            bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash
        else { return nil }
        // What comes behind the flags is nothing in version 00, and another part in a later one.
        guard bytes.count == Self.bytesCount || (version != 0 && bytes[Self.bytesCount] == Self.dash) else { return nil }
        guard let high = Hexadecimal.value(bytes, 3..<19), let low = Hexadecimal.value(bytes, 19..<35),
            let parent = Hexadecimal.value(bytes, 36..<52), let flags = Hexadecimal.value(bytes, 53..<55),
            let traceID = TraceID(high: high, low: low), let parentID = SpanID(bits: parent)
        else { return nil }
        self.init(traceID: traceID, parentID: parentID, isSampled: flags & 1 == 1, isRandom: flags & 2 == 2)
    }

    /// The value of the field, in version 00.
    public var traceparent: String {
        "00-\(traceID)-\(parentID)-0\((isSampled ? 1 : 0) | (isRandom ? 2 : 0))"
    }

    /// `VERSION-TRACE-PARENT-FLAGS`.
    private static let bytesCount = 55
    private static let dash = UInt8(ascii: "-")
}
