/// Texts from objects and CAs in a form that is safe to log, to store and to print: one line, no control characters, bounded.
package enum ShownText {
    /// The text with control characters replaced, cut to a number of bytes at a character's border.
    static func line(_ text: String, bytesMax: Int = IssuanceLimits.errorTextBytesMax) -> String {
        var line = ""
        var bytes = 0
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
            let shown: Unicode.Scalar = isControl ? "?" : scalar
            bytes += UTF8.width(shown)
            guard bytes <= bytesMax else { break }
            line.unicodeScalars.append(shown)
        }
        return line
    }

    /// The first few of a list, and how many more there are.
    package static func list(_ items: [String], most: Int = IssuanceLimits.namesShownMax, separator: String = ", ") -> String {
        let shown = items.prefix(most).joined(separator: separator)
        return items.count > most ? "\(shown) and \(items.count - most) more" : shown
    }
}
