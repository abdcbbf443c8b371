/// One element of a DER text: where its tag, length and content are. X.690 §8.1, §10.1.
struct DERElement {
    /// The identifier octet. Tags above 30 are not read.
    let tag: UInt8
    /// Where the content is.
    let content: Range<Int>
    /// Where the element is, tag and length included.
    let whole: Range<Int>
}

/// Reading and writing the few DER structures that OpenSSL has no quick or safe way for: `ECPrivateKey` (its reader accepts
/// explicit curves), public key facts, and the values of the extensions that we write.
enum DER {
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30

    /// The element that starts at `range.lowerBound`, or nil when it is not DER or does not fit into the range.
    static func element(in bytes: Span<UInt8>, _ range: Range<Int>) -> DERElement? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, range.count >= 2 else { return nil }
        let tag = bytes[range.lowerBound]
        guard tag & 0x1F != 0x1F else { return nil }
        let first = bytes[range.lowerBound + 1]
        var start = range.lowerBound + 2
        var length = Int(first)
        if first >= 0x80 {
            let octets = Int(first & 0x7F)
            guard (1...4).contains(octets), octets <= range.upperBound - start, bytes[start] != 0 else { return nil }
            length = 0
            for index in start..<(start + octets) { length = length << 8 | Int(bytes[index]) }
            guard length >= 0x80 else { return nil }
            start += octets
        }
        guard length <= range.upperBound - start else { return nil }
        return DERElement(tag: tag, content: start..<(start + length), whole: range.lowerBound..<(start + length))
    }

    /// The elements that fill the range one after another, or nil when they do not, or are more than `countMax`.
    static func elements(in bytes: Span<UInt8>, _ range: Range<Int>, countMax: Int) -> [DERElement]? {
        var found: [DERElement] = []
        var at = range.lowerBound
        while at < range.upperBound {
            guard found.count < countMax, let next = element(in: bytes, at..<range.upperBound) else { return nil }
            found.append(next)
            at = next.whole.upperBound
        }
        return found
    }

    /// The bytes at a range, as an array.
    static func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range { copy.append(bytes[index]) }
        return copy
    }

    /// Tag, length and content.
    static func encode(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var left = content.count
            while left > 0 {
                length.insert(UInt8(truncatingIfNeeded: left), at: 0)
                left >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }

    /// A SEQUENCE of encoded elements.
    static func sequence(_ elements: [[UInt8]]) -> [UInt8] { encode(sequence, elements.flatMap { $0 }) }

    /// A non-negative INTEGER from its big-endian magnitude.
    static func unsigned(_ magnitude: [UInt8]) -> [UInt8] {
        let digits = Array(magnitude.drop { $0 == 0 })
        let needsZero = digits.first.map { $0 >= 0x80 } ?? true
        return encode(integer, needsZero ? [0] + digits : digits)
    }

    /// The magnitude of a non-negative INTEGER without leading zeros, or nil when it is negative or empty.
    static func magnitude(_ bytes: Span<UInt8>, _ content: Range<Int>) -> [UInt8]? {
        guard !content.isEmpty, bytes[content.lowerBound] < 0x80 else { return nil }
        return Array(copy(bytes, content).drop { $0 == 0 })
    }
}
