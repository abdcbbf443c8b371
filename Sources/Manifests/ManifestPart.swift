internal import Glibc

/// A stretch of a manifest file that can be parsed alone: what lies between two `---` lines.
///
/// Files are cut before parsing so that a large one is parsed on all cores, and so that after an edit only the parts
/// that became different are parsed again.
public struct ManifestPart: Sendable, Hashable {
    /// Where in the file; a part that a `---` line opens includes that line.
    public let range: Range<Int>
    /// The line number of its first line, from 1.
    public let line: Int
}

extension ManifestPart {
    /// Cuts a file at its document markers: lines that start with `---` and then have a space, a tab or their end
    /// (YAML 1.2.2 §9.1.2; no scalar can contain such a line).
    ///
    /// A file with a line that starts with `%` stays in one part: directives stand before the marker and belong behind it.
    ///
    /// - Returns: nil when there are more parts than ``ManifestLimits/documentsMax``.
    public static func parts(of bytes: [UInt8]) -> [ManifestPart]? {
        var parts: [ManifestPart] = []
        let span = bytes.span
        var partStart = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let first = partStart
        var partLine = 1
        var line = 1
        var lineStart = partStart
        while lineStart < span.count {
            let byte = span[lineStart]
            if byte == UInt8(ascii: "%") { return [ManifestPart(range: first..<span.count, line: 1)] }
            if byte == UInt8(ascii: "-"), lineStart > partStart, isMarker(span, lineStart) {
                parts.append(ManifestPart(range: partStart..<lineStart, line: partLine))
                if parts.count >= ManifestLimits.documentsMax { return nil }
                partStart = lineStart
                partLine = line
            }
            guard let newline = nextNewline(span, from: lineStart) else { break }
            lineStart = newline + 1
            line += 1
        }
        if partStart < span.count { parts.append(ManifestPart(range: partStart..<span.count, line: partLine)) }
        return parts
    }

    private static func isMarker(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
        guard start + 3 <= bytes.count, bytes[start + 1] == UInt8(ascii: "-"), bytes[start + 2] == UInt8(ascii: "-") else {
            return false
        }
        guard start + 3 < bytes.count else { return true }
        switch bytes[start + 3] {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): return true
        default: return false
        }
    }

    /// With memchr, since files have 30 MB and their lines of base64 are long.
    private static func nextNewline(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            // SAFETY: `start` is within the buffer, and the search ends with it.
            guard let base = buffer.baseAddress, start < buffer.count,
                let found = unsafe memchr(base + start, CInt(UInt8(ascii: "\n")), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
        }
    }
}
