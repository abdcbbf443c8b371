internal import Core
internal import FoundationEssentials

/// Text of others in a line: cut to ``LogLimits/valueBytesMax``, with everything escaped that is not seen but acts.
enum HarmlessText {
    /// RFC 3339 in UTC with milliseconds.
    static func rfc3339(_ time: Date) -> String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// For text lines: `\n`, `\t`, `\r`, else `\u{1b}`.
    static func append(_ text: String, to line: inout String) {
        append(text, to: &line) { scalar, line in
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            default: line += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
    }

    /// As ``append(_:to:)``, in quotes unless it is one word.
    static func appendField(_ text: String, to line: inout String) {
        let isWord = !text.isEmpty && !text.utf8.contains { $0 == 0x20 || $0 == 0x22 || $0 == 0x3D || $0 == 0x5C }
        guard !isWord else { return append(text, to: &line) }
        line += "\""
        append(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""), to: &line)
        line += "\""
    }

    /// A JSON string. RFC 8259 §7.
    static func appendJSON(_ text: String, to line: inout String) {
        line += "\""
        let cut = text.cut(toBytes: LogLimits.valueBytesMax)
        for scalar in cut.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            default:
                guard acts(scalar) else {
                    line.unicodeScalars.append(scalar)
                    continue
                }
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        if cut.utf8.count < text.utf8.count { line += "…" }
        line += "\""
    }

    private static func append(_ text: String, to line: inout String, _ escape: (Unicode.Scalar, inout String) -> Void) {
        let cut = text.cut(toBytes: LogLimits.valueBytesMax)
        for scalar in cut.unicodeScalars {
            if acts(scalar) { escape(scalar, &line) } else { line.unicodeScalars.append(scalar) }
        }
        if cut.utf8.count < text.utf8.count { line += "…" }
    }

    /// Control characters, those that turn the direction of text or cannot be seen, and separators of lines.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}
