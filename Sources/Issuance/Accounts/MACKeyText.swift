internal import PKI

/// The key of an external account binding as Secrets hold it. RFC 8555 §7.3.4 has it in base64url without padding; CAs, consoles and people
/// also write it with padding, in plain base64, broken into lines, and with a newline at the end.
enum MACKeyText {
    /// Why a text is no key; never holds a part of it.
    struct Fault: Error, Hashable {
        let words: String
    }

    /// Reads the key.
    static func key(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
        var text = bytes[...]
        // Editors on Windows begin a file with a byte order mark.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        while let first = text.first, isSpace(first) { text = text.dropFirst() }
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { throw Fault(words: "it ends with \(padding) equals signs") }
        var digits: [UInt8] = []
        var isPlain = false
        var isURL = false
        for (index, byte) in text.dropLast(padding).enumerated() where byte != 0x0A && byte != 0x0D {
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: "/"): isPlain = true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): isURL = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            default: throw Fault(words: "its character \(index + 1) is no digit of base64")
            }
            digits.append(byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte)
        }
        guard !digits.isEmpty else { throw Fault(words: "it is empty") }
        guard !(isPlain && isURL) else { throw Fault(words: "it has digits of base64 and of base64url, so it is neither") }
        guard let key = Base64URL.decode(String(decoding: digits, as: UTF8.self)) else {
            throw Fault(words: "\(digits.count) digits are no whole number of bytes, so a part of it is missing")
        }
        return key
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
