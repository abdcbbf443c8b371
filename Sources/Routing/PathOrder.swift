/// Order of canonical paths in which the slash is the lowest byte.
enum PathOrder {
    /// - Returns: `order` below, at or above zero as `left` stands before, at or behind `right`; `common`, the number of leading
    ///   bytes that are equal.
    static func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> (order: Int, common: Int) {
        let shorter = min(left.count, right.count)
        var index = 0
        while index < shorter, left[index] == right[index] { index += 1 }
        guard index < shorter else { return (left.count - right.count, index) }
        return (weight(left[index]) - weight(right[index]), index)
    }

    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool { compare(left.span, right.span).order < 0 }

    /// A canonical path has no byte below 0x21, so zero is free for the slash.
    private static func weight(_ byte: UInt8) -> Int { byte == CanonicalPath.slash ? 0 : Int(byte) }
}
