/// A text in which each `*` stands for any characters, also for none: the names of namespaces and issuers, common names. Case counts.
public struct TextPattern: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    /// What is between the stars.
    private let parts: [[UInt8]]

    /// Makes a pattern.
    public init(_ text: String) {
        description = text
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The text, if there is only one that matches.
    public var exactText: String? { parts.count == 1 ? description : nil }

    /// Whether a text matches. Takes time in proportion to both lengths.
    public func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard parts.count > 1 else { return bytes == parts[0] }
        guard let first = parts.first, let last = parts.last, bytes.count >= first.count + last.count, bytes.starts(with: first),
            bytes.suffix(last.count).elementsEqual(last)
        else { return false }
        // Each part in between at the first place where it fits: a later one would leave less for the others.
        var start = first.count
        let end = bytes.count - last.count
        for part in parts[1..<(parts.count - 1)] {
            guard let found = TextPattern.find(part, in: bytes, from: start, to: end) else { return false }
            start = found + part.count
        }
        return true
    }

    private static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
        guard end - start >= part.count else { return nil }
        return (start...(end - part.count)).first { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
