/// `host [":" port]`, as in Host and in an absolute target. RFC 9110 §7.2, RFC 3986 §3.2.
///
/// A host is what can be routed and written into a URL without thought: letters, digits, `-`, `.` and `_`, or an IPv6 address in brackets.
/// RFC 3986 also allows `!$&'()*+,;=~` and percent-encoding in names; no DNS name has them, a list of two hosts would, and so they are refused.
struct Authority {
    /// The whole.
    let range: Range<Int>
    /// The host without port; an IPv6 address with its brackets.
    let host: Range<Int>

    /// Reads a range; nil when it is malformed or empty.
    init?(_ bytes: RawSpan, _ range: Range<Int>) {
        guard !range.isEmpty else { return nil }
        self.range = range
        var end = range.lowerBound
        if bytes.byte(end) == UInt8(ascii: "[") {
            guard let close = Self.endOfIPv6(bytes, range) else { return nil }
            end = close
        } else {
            while end < range.upperBound, ByteSet.host.contains(bytes.byte(end)) { end &+= 1 }
        }
        host = range.lowerBound..<end
        guard !host.isEmpty, host.count <= Limits.hostBytesMax else { return nil }
        if end < range.upperBound {
            guard bytes.byte(end) == ASCII.colon, Self.isPort(bytes, end &+ 1..<range.upperBound) else { return nil }
        }
    }

    /// At most five digits up to 65535; none at all is allowed by RFC 3986 §3.2.3.
    private static func isPort(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        guard range.count <= 5 else { return false }
        var port = 0
        for offset in range {
            let digit = Int(bytes.byte(offset)) &- Int(ASCII.zero)
            guard (0...9).contains(digit) else { return false }
            port = port &* 10 &+ digit
        }
        return port <= 0xFFFF
    }

    /// The offset behind the bracket that closes an IPv6 address. RFC 3986 §3.2.2: eight groups of 1...4 hexadecimal digits, `::` once for
    /// any number of them, and dotted decimal for the last two.
    private static func endOfIPv6(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
        var groups = 0
        var hasGap = false
        var offset = range.lowerBound &+ 1
        var digits = 0
        while offset < range.upperBound {
            let byte = bytes.byte(offset)
            if isHexDigit(byte) {
                digits &+= 1
                guard digits <= 4 else { return nil }
            } else if byte == ASCII.colon {
                let isGap = offset &+ 1 < range.upperBound && bytes.byte(offset &+ 1) == ASCII.colon
                if digits > 0 { groups &+= 1 } else if !isGap { return nil }
                digits = 0
                if isGap {
                    guard !hasGap else { return nil }
                    hasGap = true
                    offset &+= 1
                } else if offset &+ 1 < range.upperBound, !isHexDigit(bytes.byte(offset &+ 1)) {
                    return nil
                }
            } else if byte == UInt8(ascii: ".") {
                guard digits > 0, let end = endOfIPv4(bytes, offset &- digits..<range.upperBound) else { return nil }
                groups &+= 2
                digits = 0
                offset = end
                continue
            } else if byte == UInt8(ascii: "]") {
                if digits > 0 { groups &+= 1 }
                return (hasGap ? groups <= 7 : groups == 8) ? offset &+ 1 : nil
            } else {
                return nil
            }
            offset &+= 1
        }
        return nil
    }

    /// The offset of the `]` behind four decimal numbers of at most 255.
    private static func endOfIPv4(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
        var parts = 0
        var value = 0
        var digits = 0
        for offset in range {
            let byte = bytes.byte(offset)
            if (ASCII.zero...ASCII.nine).contains(byte) {
                value = value &* 10 &+ Int(byte &- ASCII.zero)
                digits &+= 1
                guard digits <= 3, value <= 255 else { return nil }
                continue
            }
            guard digits > 0 else { return nil }
            parts &+= 1
            if byte == UInt8(ascii: "]") { return parts == 4 ? offset : nil }
            guard byte == UInt8(ascii: "."), parts < 4 else { return nil }
            value = 0
            digits = 0
        }
        return nil
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }
}
