/// Writing of what heads are made of. Each call checks the room that is left; callers have asked for enough beforehand.
extension OutputRawSpan {
    /// A text in the program.
    @inline(__always)
    mutating func write(_ text: StaticString) {
        // SAFETY: the pointer and the count belong to one text, which lives for ever.
        unsafe write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A part of other bytes.
    @inline(__always)
    mutating func write(_ bytes: RawSpan, _ range: Range<Int>) {
        unsafe bytes.extracting(range).withUnsafeBytes { unsafe write($0) }
    }

    /// Bytes of our own.
    @inline(__always)
    mutating func write(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe write($0) }
    }

    @inline(__always)
    private mutating func write(_ source: UnsafeRawBufferPointer) {
        precondition(source.count <= freeCapacity, "output is smaller than the size that was asked for")
        guard let base = source.baseAddress else { return }
        unsafe withUnsafeMutableBytes { buffer, initialized in
            // SAFETY: checked above to fit behind what is initialised; the source cannot be memory that is being written for the first time.
            if let target = buffer.baseAddress {
                unsafe (target + initialized).copyMemory(from: base, byteCount: source.count)
                initialized &+= source.count
            }
        }
    }

    /// A number in decimal; at most 20 bytes.
    mutating func writeDecimal(_ value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor &*= 10 }
        while divisor > 0 {
            append(ASCII.zero &+ UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// A number in lower-case hexadecimal without leading zeros; at most 16 bytes.
    mutating func writeHex(_ value: UInt64) {
        var shift = UInt64(max(4, (67 - value.leadingZeroBitCount) / 4 * 4))
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: value &>> shift) & 0xF
            append(digit < 10 ? ASCII.zero &+ digit : UInt8(ascii: "a") &+ digit &- 10)
        }
    }

    /// A number as 16 digits of lower-case hexadecimal.
    @inline(__always)
    mutating func writeHex16(_ value: UInt64) {
        // SAFETY: checked room; a UInt64 is eight bytes without padding, the first digit lowest.
        unsafe append(Self.hexDigits(UInt32(truncatingIfNeeded: value &>> 32)).littleEndian, as: UInt64.self)
        unsafe append(Self.hexDigits(UInt32(truncatingIfNeeded: value)).littleEndian, as: UInt64.self)
    }

    /// Eight digits, the first in the lowest byte: nibbles are spread over bytes, then all are turned into digits at once.
    private static func hexDigits(_ value: UInt32) -> UInt64 {
        var word = UInt64(value.byteSwapped)
        word = (word | word &<< 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word &<< 8) & 0x00FF_00FF_00FF_00FF
        word = (word &>> 4) & Word.repeated(0x0F) & 0x00FF_00FF_00FF_00FF | (word & 0x000F_000F_000F_000F) &<< 8
        let isLetter = ((word &+ Word.repeated(6)) &>> 4) & Word.repeated(1)
        return word &+ Word.repeated(ASCII.zero) &+ isLetter &* UInt64(UInt8(ascii: "a") - UInt8(ascii: "0") - 10)
    }
}
