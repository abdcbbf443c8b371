/// What a plain YAML scalar is. The rules are those of YAML 1.1 as kubectl applies them (go-yaml v2), so that a manifest means
/// here what it means there: `yes` and `off` are booleans, `0x1F` and `0o17` whole numbers, a timestamp is text.
enum PlainScalar {
    static func kind(of bytes: some Collection<UInt8>) -> ManifestDocument.Kind {
        guard let first = bytes.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return numberKind(of: bytes)
        case UInt8(ascii: "~"): return bytes.count == 1 ? .null : .string
        case UInt8(ascii: "<"): return bytes.elementsEqual("<<".utf8) ? .merge : .string
        default: break
        }
        guard bytes.count <= 5 else { return .string }
        return words[String(decoding: bytes, as: UTF8.self)] ?? .string
    }

    /// The value of a scalar of kind `bool`.
    static func bool(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first else { return false }
        let isOn = bytes.count == 2 && first | 0x20 == UInt8(ascii: "o")
        return isOn || first | 0x20 == UInt8(ascii: "t") || first | 0x20 == UInt8(ascii: "y")
    }

    /// The value of a scalar of kind `int`; nil when it does not fit 64 bits.
    static func int(_ bytes: some Collection<UInt8>) -> Int? {
        var digits = String(decoding: bytes, as: UTF8.self)
        digits.removeAll { $0 == "_" }
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        var radix = 10
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            digits.removeFirst(2)
            radix = base
        }
        if radix == 10, digits.count > 1, digits.hasPrefix("0") { radix = 8 }
        return Int((isNegative ? "-" : "") + digits, radix: radix)
    }

    private static func numberKind(of bytes: some Collection<UInt8>) -> ManifestDocument.Kind {
        // Longer than any number that fits 64 bits or a double written out in full: base64 text, most likely.
        guard bytes.count <= 64 else { return .string }
        var rest = Array(bytes)[...]
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        if isWholeNumber(rest) { return .int }
        let word = String(decoding: rest, as: UTF8.self)
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(word) { return .float }
        return isDecimal(rest) ? .float : .string
    }

    private static func isWholeNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, isDigit(first) else { return false }
        let rest = bytes.dropFirst(2)
        if first == UInt8(ascii: "0"), bytes.count > 2 {
            switch bytes[bytes.startIndex + 1] {
            case UInt8(ascii: "x"): return rest.allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: "_") }
            case UInt8(ascii: "o"): return rest.allSatisfy { isOctal($0) || $0 == UInt8(ascii: "_") }
            case UInt8(ascii: "b"): return rest.allSatisfy { $0 | 1 == UInt8(ascii: "1") || $0 == UInt8(ascii: "_") }
            default: break
            }
        }
        // A leading zero means octal (YAML 1.1); 089 is no number of any kind then, but go-yaml reads it as a float.
        if first == UInt8(ascii: "0"), bytes.count > 1 { return bytes.allSatisfy { isOctal($0) || $0 == UInt8(ascii: "_") } }
        return bytes.allSatisfy { isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// `[0-9_]* (\. [0-9_]*)? ([eE] [-+]? [0-9]+)?` with at least one digit before the exponent.
    private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        let whole = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
        rest = rest.dropFirst(whole.count)
        var digits = whole.count { isDigit($0) }
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
            digits += fraction.count { isDigit($0) }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard digits > 0, whole.first != UInt8(ascii: "_") else { return false }
        guard let exponent = rest.first else { return true }
        guard exponent | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isOctal(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) }
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private static let words: [String: ManifestDocument.Kind] = {
        var words: [String: ManifestDocument.Kind] = [:]
        for word in ["true", "false", "yes", "no", "on", "off"] {
            let capitalized = word.prefix(1).uppercased() + word.dropFirst()
            for spelling in [word, capitalized, word.uppercased()] { words[spelling] = .bool }
        }
        for spelling in ["null", "Null", "NULL"] { words[spelling] = .null }
        return words
    }()
}
