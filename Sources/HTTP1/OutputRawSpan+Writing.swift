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
        let digits = max(1, (67 - value.leadingZeroBitCount) / 4)
        writeHex(value, digits: digits)
    }

    /// The lowest digits of a number in lower-case hexadecimal.
    mutating func writeHex(_ value: UInt64, digits: Int) {
        var shift = UInt64(digits * 4)
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: value &>> shift) & 0xF
            append(digit < 10 ? ASCII.zero &+ digit : UInt8(ascii: "a") &+ digit &- 10)
        }
    }
}
