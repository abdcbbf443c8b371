/// The slow half of ``CanonicalPath``: writes the canonical form of a target that is not canonical already.
///
/// The output ends with a slash before `segmentStart`; the segment in progress is resolved when a slash or the end of the path
/// closes it. Every byte is appended once and removed at most once, so hostile dot segments cost no more than ordinary ones.
struct CanonicalPathWriter {
    private(set) var output: [UInt8]
    private var segmentStart = 1

    /// Takes over the storage, whose content is lost and whose capacity is kept.
    init(reusing storage: consuming [UInt8]) {
        output = storage
        output.removeAll(keepingCapacity: true)
    }

    /// - Returns: why the target has no canonical path, or nil when `output` holds it.
    mutating func write(_ target: Span<UInt8>) -> CanonicalPath.Refusal? {
        output.append(CanonicalPath.slash)
        guard target.count > 0, target[0] != UInt8(ascii: "?") else { return nil }
        guard target[0] == CanonicalPath.slash else { return .notAbsolute }
        var index = 1
        while index < target.count, target[index] != UInt8(ascii: "?") {
            let byte = target[index]
            if byte == CanonicalPath.slash {
                closeSegment()
            } else if byte == CanonicalPath.percent {
                guard let value = CanonicalPath.triplet(target, at: index) else { return .malformedEncoding }
                guard value != 0 else { return .zeroByte }
                if CanonicalPath.isUnreserved(value) { output.append(value) } else { appendTriplet(value) }
                index += 2
            } else if byte > 0x20, byte < 0x7F {
                output.append(byte)
            } else {
                guard byte != 0 else { return .zeroByte }
                appendTriplet(byte)
            }
            index += 1
        }
        resolveDotSegment()
        return nil
    }

    /// Ends the segment in progress at a slash; an empty one vanishes, which merges duplicate slashes.
    private mutating func closeSegment() {
        resolveDotSegment()
        guard output.count > segmentStart else { return }
        output.append(CanonicalPath.slash)
        segmentStart = output.count
    }

    /// Removes the segment in progress if it is `.`, and the one before it too if it is `..`. RFC 3986 §5.2.4.
    private mutating func resolveDotSegment() {
        let length = output.count - segmentStart
        guard length == 1 || length == 2, output[segmentStart...].allSatisfy({ $0 == CanonicalPath.dot }) else { return }
        output.removeLast(length)
        guard length == 2, output.count > 1 else { return }
        output.removeLast()
        while output.last != CanonicalPath.slash { output.removeLast() }
        segmentStart = output.count
    }

    private mutating func appendTriplet(_ value: UInt8) {
        output.append(CanonicalPath.percent)
        output.append(CanonicalPathWriter.hexDigit(value >> 4))
        output.append(CanonicalPathWriter.hexDigit(value & 0xF))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
