/// ASCII bytes that HTTP/1 gives a meaning.
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let lf = UInt8(ascii: "\n")
    static let cr = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let numberSign = UInt8(ascii: "#")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let slash = UInt8(ascii: "/")
    static let underscore = UInt8(ascii: "_")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")
}

/// A set of ASCII bytes as two words, so that a test is a shift and a mask without a memory access or a lazily made table.
struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    @inline(__always)
    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (word &>> UInt64(byte & 0x3F)) & 1 == 1
    }
}

extension ByteSet {
    /// `tchar`: letters, digits and ``!#$%&'*+-.^_`|~``. RFC 9110 §5.6.2.
    @inline(__always) static var token: ByteSet { ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }
    /// Letters, digits, hyphen, dot and underscore: what names of hosts are made of in practice.
    @inline(__always) static var host: ByteSet { ByteSet(low: 0x03FF_6000_0000_0000, high: 0x07FF_FFFE_87FF_FFFE) }
    /// `token ["/" token]`, loosely: token characters and the slash. RFC 9110 §7.8.
    @inline(__always) static var upgradeProtocol: ByteSet { ByteSet(low: 0x3ffecfa00000000, high: 0x57ffffffc7fffffe) }
    /// What an `X-Request-ID` is taken over with: letters, digits and `-._~:+/=@`.
    @inline(__always) static var requestID: ByteSet { ByteSet(low: 0x27FF_E800_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
}

/// Reading of single bytes and words. All offsets are checked; the word reads are "unsafe" to the standard library only because they would
/// also take types for which not every bit pattern is a value.
extension RawSpan {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        // SAFETY: checked offset; every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes, the first in the lowest bits.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        // SAFETY: checked offset; every bit pattern is a UInt64.
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The first offset in a range with a control byte other than a tab, or the end of the range.
    @inline(__always)
    func firstControl(from start: Int, to end: Int) -> Int {
        var offset = start
        while true {
            while offset &+ 8 <= end {
                let hit = Word.controls(in: word(offset))
                if hit != 0 {
                    offset &+= Word.firstLane(hit)
                    break
                }
                offset &+= 8
            }
            if offset &+ 8 > end {
                while offset < end, !Self.isControl(byte(offset)) { offset &+= 1 }
                return offset
            }
            guard byte(offset) == ASCII.tab else { return offset }
            offset &+= 1
        }
    }

    @inline(__always)
    private static func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != ASCII.tab) || byte == 0x7F }

    /// The range without spaces and tabs at both ends. RFC 9110 §5.6.3.
    @inline(__always)
    func trimmed(from start: Int, to end: Int) -> Range<Int> {
        var start = start
        var end = end
        while start < end, isBlank(start) { start &+= 1 }
        while end > start, isBlank(end &- 1) { end &-= 1 }
        return unsafe Range(uncheckedBounds: (start, end))  // SAFETY: start <= end by both loops.
    }

    @inline(__always)
    private func isBlank(_ offset: Int) -> Bool {
        let byte = byte(offset)
        return byte == ASCII.space || byte == ASCII.tab
    }

    /// Whether every byte of a range is in a set.
    @inline(__always)
    func all(_ range: Range<Int>, in set: ByteSet) -> Bool {
        for offset in range where !set.contains(byte(offset)) { return false }
        return true
    }

    /// Whether a range reads as a text without regard to case. The text is in lower case.
    @inline(__always)
    func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count {
            guard lowercased(range.lowerBound &+ index) == text.byte(index) else { return false }
        }
        return true
    }

    /// Whether a range is exactly a text.
    @inline(__always)
    func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<range.count {
            guard byte(range.lowerBound &+ index) == text.byte(index) else { return false }
        }
        return true
    }

    /// Whether two ranges read the same without regard to case.
    func matches(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where lowercased(left.lowerBound &+ index) != lowercased(right.lowerBound &+ index) { return false }
        return true
    }

    /// Whether a range reads as a name given in lower case, without regard to case.
    func matches(_ range: Range<Int>, _ name: [UInt8]) -> Bool {
        guard range.count == name.count else { return false }
        for index in 0..<name.count where lowercased(range.lowerBound &+ index) != name[index] { return false }
        return true
    }

    @inline(__always)
    func lowercased(_ offset: Int) -> UInt8 { ASCII.lowercased(byte(offset)) }
}

extension StaticString {
    /// A byte of a text in the program. The offset is below its length in every caller, by a loop over that length.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        // SAFETY: offset < utf8CodeUnitCount; the text has a pointer because it is more than one scalar, and lives for ever.
        unsafe utf8Start[offset]
    }
}

extension ASCII {
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

/// Tests on eight bytes at once. In each result the lowest set bit is exact; bits above it may be false, so callers look at the first only.
enum Word {
    @inline(__always)
    static func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    /// Lanes below a bound of at most 0x80.
    @inline(__always)
    static func below(_ bound: UInt8, in word: UInt64) -> UInt64 { (word &- repeated(bound)) & ~word & repeated(0x80) }

    /// Lanes equal to a byte.
    @inline(__always)
    static func equal(_ byte: UInt8, in word: UInt64) -> UInt64 { below(1, in: word ^ repeated(byte)) }

    /// Lanes below 0x20 (tabs too) or 0x7F.
    @inline(__always)
    static func controls(in word: UInt64) -> UInt64 { below(0x20, in: word) | equal(0x7F, in: word) }

    /// Lanes that a request target may not have: controls, space, `#`, 0x7F and above.
    @inline(__always)
    static func outsideTarget(in word: UInt64) -> UInt64 {
        below(0x21, in: word) | equal(ASCII.numberSign, in: word) | equal(0x7F, in: word) | (word & repeated(0x80))
    }

    /// Lanes other than letters and hyphens, of which most field names are made. Every bit is exact.
    @inline(__always)
    static func outsidePlainName(in word: UInt64) -> UInt64 {
        let seven = (word | repeated(0x20)) & repeated(0x7F)
        let isLetter = (seven &+ repeated(0x80 - 0x61)) & ~(seven &+ repeated(0x7F - 0x7A))
        let notHyphen = (word & repeated(0x7F) ^ repeated(0x2D)) &+ repeated(0x7F)
        return (~isLetter & notHyphen | word) & repeated(0x80)
    }

    /// The lane of the lowest set bit.
    @inline(__always)
    static func firstLane(_ hits: UInt64) -> Int { hits.trailingZeroBitCount &>> 3 }
}
