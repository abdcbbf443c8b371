/// The number of a trace: 128 bits, not all zero. W3C Trace Context §3.2.2.3.
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
    /// The first 16 digits.
    public let high: UInt64
    /// The last 16 digits.
    public let low: UInt64

    /// An ID of these bits; nil when all are zero.
    public init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// A new one.
    public init(using random: inout some RandomNumberGenerator) {
        high = random.next()
        low = max(random.next(), 1)
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.text(high) + Hexadecimal.text(low) }
}

/// The number of a span within its trace: 64 bits, not zero. W3C Trace Context §3.2.2.4.
public struct SpanID: Hashable, Sendable, CustomStringConvertible {
    /// The bits.
    public let bits: UInt64

    /// An ID of these bits; nil when all are zero.
    public init?(bits: UInt64) {
        guard bits != 0 else { return nil }
        self.bits = bits
    }

    /// A new one.
    public init(using random: inout some RandomNumberGenerator) {
        bits = max(random.next(), 1)
    }

    /// 16 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.text(bits) }
}

/// Numbers as digits.
enum Hexadecimal {
    /// 16 lower-case digits.
    static func text(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The value of up to 16 lower-case digits; nil when one is none.
    @inline(__always)
    static func value(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        for index in range {
            let byte = bytes[index]
            let digit = byte &- 0x30
            let letter = byte &- 0x61
            guard digit < 10 || letter < 6 else { return nil }
            value = value &<< 4 | UInt64(digit < 10 ? digit : letter &+ 10)
        }
        return value
    }
}
