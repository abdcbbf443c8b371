/// Writes values as YAML or JSON in UTF-8. Pure; any thread.
///
/// The YAML is plain block style that every YAML 1.1 and 1.2 parser reads alike: whatever could be taken for something other
/// than text is in double quotes with JSON's escapes.
public enum ManifestWriter {
    /// One YAML document without a marker line, ending in a newline.
    public static func yaml(_ value: ManifestValue) -> [UInt8] {
        var output = ""
        switch value {
        case .mapping(let entries) where !entries.isEmpty: writeEntries(entries, indent: 0, to: &output)
        case .sequence(let elements) where !elements.isEmpty: writeElements(elements, indent: 0, to: &output)
        case .null, .bool, .int, .double, .string, .sequence, .mapping: output += scalar(value) + "\n"
        }
        return Array(output.utf8)
    }

    /// One JSON value without white space. RFC 8259.
    public static func json(_ value: ManifestValue) -> [UInt8] {
        var output = ""
        writeJSON(value, to: &output)
        return Array(output.utf8)
    }

    private static func writeEntries(_ entries: [ManifestValue.Entry], indent: Int, to output: inout String) {
        for entry in entries {
            output += String(repeating: " ", count: indent) + text(entry.key) + ":"
            writeBelow(entry.value, indent: indent, to: &output)
        }
    }

    private static func writeBelow(_ value: ManifestValue, indent: Int, to output: inout String) {
        switch value {
        case .mapping(let entries) where !entries.isEmpty:
            output += "\n"
            writeEntries(entries, indent: indent + 2, to: &output)
        case .sequence(let elements) where !elements.isEmpty:
            output += "\n"
            writeElements(elements, indent: indent, to: &output)
        case .null, .bool, .int, .double, .string, .sequence, .mapping: output += " " + scalar(value) + "\n"
        }
    }

    private static func writeElements(_ elements: [ManifestValue], indent: Int, to output: inout String) {
        for element in elements {
            output += String(repeating: " ", count: indent) + "-"
            guard case .mapping(let entries) = element, let first = entries.first else {
                writeBelow(element, indent: indent + 2, to: &output)
                continue
            }
            output += " " + text(first.key) + ":"
            writeBelow(first.value, indent: indent + 2, to: &output)
            writeEntries(Array(entries.dropFirst()), indent: indent + 2, to: &output)
        }
    }

    /// A scalar, or an empty container, on one line.
    private static func scalar(_ value: ManifestValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): Self.number(number)
        case .string(let string): text(string)
        case .sequence: "[]"
        case .mapping: "{}"
        }
    }

    /// YAML 1.1 takes a number with an exponent for text unless it has a point.
    private static func number(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let text = String(number)
        return text.contains(".") ? text : text.replacing("e", with: ".0e")
    }

    private static func text(_ string: String) -> String {
        isPlain(string) ? string : quoted(string)
    }

    /// Whether text may stand without quotes: only characters that mean nothing to YAML, and not a number, boolean or null
    /// of any YAML version. `=` is a tag of YAML 1.1 only when alone; base64 ends with it.
    private static func isPlain(_ string: String) -> Bool {
        guard let first = string.utf8.first, isLetterOrDigit(first) || first == UInt8(ascii: "/") else { return false }
        guard string.utf8.allSatisfy({ isHarmless[Int($0)] }) else { return false }
        // Digits lead to dates, sexagesimal numbers and versions: text that starts so is quoted unless it has letters enough
        // to be nothing else. Base64 of more than 64 characters is never a number.
        if string.utf8.count > 64 { return true }
        if !isLetter(first) && first != UInt8(ascii: "/") { return false }
        return PlainScalar.kind(of: string.utf8) == .string && !["y", "Y", "n", "N"].contains(string)
    }

    /// Letters, digits and the other characters of base64, paths and names, by byte.
    private static let isHarmless: [Bool] = (0...255).map { byte in isLetterOrDigit(byte) || "/.-_+=".utf8.contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func writeJSON(_ value: ManifestValue, to output: inout String) {
        switch value {
        case .null, .bool, .int, .double: output += scalar(value)
        case .string(let string): output += quoted(string)
        case .sequence(let elements):
            output += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { output += "," }
                writeJSON(element, to: &output)
            }
            output += "]"
        case .mapping(let entries):
            output += "{"
            for (position, entry) in entries.enumerated() {
                if position > 0 { output += "," }
                output += quoted(entry.key) + ":"
                writeJSON(entry.value, to: &output)
            }
            output += "}"
        }
    }

    /// JSON's form, which double-quoted YAML takes as well. Line breaks of YAML 1.1 beyond ASCII are escaped.
    private static func quoted(_ string: String) -> String {
        var output = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            default:
                if needsEscape(scalar) {
                    for unit in String(Character(scalar)).utf16 {
                        let digits = String(unit, radix: 16)
                        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                } else {
                    output.unicodeScalars.append(scalar)
                }
            }
        }
        return output + "\""
    }

    /// Controls, and what libyaml does not print: the byte order mark and non-characters of the basic plane.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}
