import Core
import FoundationEssentials
import HashTreeCollections
import KubernetesAPI
import Store

@testable import Routing

/// The rules as the documents state them, without a thought for speed: what the real implementation is compared with.
enum NaiveReference {
    /// RFC 3986 by splitting strings.
    static func canonicalPath(_ target: String) -> String? {
        let raw = Array(target.utf8.prefix { $0 != UInt8(ascii: "?") })
        guard !raw.isEmpty else { return "/" }
        guard raw[0] == UInt8(ascii: "/") else { return nil }
        var text = ""
        var index = 0
        while index < raw.count {
            var value = raw[index]
            var isTriplet = false
            if value == UInt8(ascii: "%") {
                let digits = raw[(index + 1)...].prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
                guard digits.count == 2 else { return nil }
                value = UInt8(digits[0] * 16 + digits[1])
                isTriplet = true
                index += 2
            }
            guard value != 0 else { return nil }
            let character = Character(UnicodeScalar(value))
            let isUnreserved = value < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            if isUnreserved || (!isTriplet && value > 0x20 && value < 0x7F) {
                text.append(character)
            } else {
                let digits = String(value, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
            index += 1
        }
        let parts = text.split(separator: "/")
        var kept: [Substring] = []
        for part in parts where part != "." {
            if part == ".." { _ = kept.popLast() } else { kept.append(part) }
        }
        let endsOpen = text.hasSuffix("/") || parts.last == "." || parts.last == ".."
        return "/" + kept.joined(separator: "/") + (endsOpen && !kept.isEmpty ? "/" : "")
    }
}
