extension Character {
    /// How many columns a terminal gives it: two for East Asian wide and fullwidth characters and for emoji, none for marks alone.
    /// UAX #11.
    var columns: Int {
        if isASCII { return 1 }
        var columns = 0
        for scalar in unicodeScalars {
            // U+FE0F asks for the emoji form of what may be text.
            if scalar.value == 0xFE0F, columns == 1 { return 2 }
            columns = max(columns, scalar.columns)
        }
        return columns
    }
}

extension Unicode.Scalar {
    /// The columns of a scalar that stands alone.
    var columns: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .control: return 0
        case .format: return value == 0xAD ? 1 : 0
        default: break
        }
        // The medial vowels and final consonants of Hangul join the syllable that they follow.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        return isWide || (properties.isEmojiPresentation && !(0x1F1E6...0x1F1FF).contains(value)) ? 2 : 1
    }

    private var isWide: Bool {
        guard value >= 0x1100 else { return false }
        return Unicode.Scalar.wide.contains { $0.contains(value) }
    }

    /// Blocks of which every character is wide, whether it is assigned or not, as UAX #11 has it.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F,  // Hangul Jamo, initial consonants
        0x2329...0x232A,  // angle brackets
        0x2E80...0x303E, 0x3041...0xA4CF,  // CJK, Kana, Yi
        0xA960...0xA97F, 0xAC00...0xD7A3,  // Hangul
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,  // compatibility forms
        0xFF01...0xFF60, 0xFFE0...0xFFE6,  // fullwidth forms
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,  // Tangut, Khitan, Kana supplements, Nushu
        0x1F200...0x1F2FF,  // enclosed ideographs
        0x20000...0x2FFFD, 0x30000...0x3FFFD,  // CJK extensions
    ]
}

extension StringProtocol {
    /// How many columns of a terminal the text takes.
    var columns: Int {
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return reduce(0) { $0 + $1.columns }
    }

    /// The longest beginning that is no wider.
    func prefix(columns limit: Int) -> SubSequence {
        var width = 0
        var end = startIndex
        for index in indices {
            width += self[index].columns
            if width > limit { break }
            end = self.index(after: index)
        }
        return self[..<end]
    }

    /// The longest end that is no wider.
    func suffix(columns limit: Int) -> SubSequence {
        var width = 0
        var start = endIndex
        for index in indices.reversed() {
            width += self[index].columns
            if width > limit { break }
            start = index
        }
        return self[start...]
    }
}

extension String {
    /// The text, or its two ends with `…` between them, so that it is no wider than this. What tells names apart is at either end.
    func elided(to limit: Int) -> String {
        guard columns > limit else { return self }
        guard limit > 1 else { return limit == 1 ? "…" : "" }
        let head = limit / 2
        return prefix(columns: head) + "…" + suffix(columns: limit - 1 - head)
    }

    /// The text in lines that are no wider than this, broken between words, and within those that are wider themselves.
    func wrapped(to columns: Int?) -> [String] {
        guard let columns else { return [self] }
        let limit = Swift.max(columns, 1)
        var lines: [String] = []
        var line = ""
        var width = 0
        for word in split(separator: " ", omittingEmptySubsequences: true) {
            var rest = word[...]
            var wordWidth = rest.columns
            if width > 0, width + 1 + wordWidth > limit {
                lines.append(line)
                (line, width) = ("", 0)
            }
            while wordWidth > limit {
                // At least one character a line, however narrow the terminal is.
                let head = rest.prefix(columns: limit).isEmpty ? rest.prefix(1) : rest.prefix(columns: limit)
                lines.append(String(head))
                rest = rest[head.endIndex...]
                wordWidth = rest.columns
            }
            guard !rest.isEmpty else { continue }
            line += (width > 0 ? " " : "") + rest
            width += (width > 0 ? 1 : 0) + wordWidth
        }
        if width > 0 || lines.isEmpty { lines.append(line) }
        return lines
    }
}
