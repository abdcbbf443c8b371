/// A CA's name and its parameters: the issue-value of RFC 8659 §4.2, of which records of dns-persist-01 are made.
struct IssueValue: Hashable, Sendable {
    /// Lower case, without a trailing dot.
    let issuerDomainName: String
    private let parameters: [String: String]

    struct Fault: Error, Hashable {
        let words: String
    }

    /// The value of a parameter; its tag in lower case.
    subscript(_ tag: String) -> String? { parameters[tag] }

    /// Reads a value. Tags compare without case; a tag that comes twice is a fault, as CAs have it.
    static func parse(_ text: String) -> Result<IssueValue, Fault> {
        guard text.utf8.count <= DNSProvidersLimits.persistRecordBytesMax else { return .failure(Fault(words: "is too long")) }
        let fields = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(trimmed)
        guard let first = fields.first, !first.isEmpty, first.allSatisfy(isNameByte) else {
            return .failure(Fault(words: "does not start with the domain name of a CA"))
        }
        var parameters: [String: String] = [:]
        for (index, field) in fields.dropFirst().enumerated() {
            // RFC 8659 allows a semicolon with nothing behind it, at the end only.
            if field.isEmpty, index == fields.count - 2 { continue }
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { return .failure(Fault(words: "has a parameter without =")) }
            let tag = trimmed(field[..<equals])
            let value = trimmed(field[field.index(after: equals)...])
            guard !tag.isEmpty, tag.allSatisfy(isTagByte) else {
                return .failure(Fault(words: "has a parameter whose tag is not letters and digits"))
            }
            guard value.allSatisfy(isValueByte) else {
                return .failure(Fault(words: "has a parameter whose value has a space or a control"))
            }
            let key = String(decoding: tag, as: UTF8.self).lowercased()
            guard parameters[key] == nil else { return .failure(Fault(words: "has the parameter \(key) twice")) }
            parameters[key] = String(decoding: value, as: UTF8.self)
        }
        var name = String(decoding: first, as: UTF8.self).lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        return .success(IssueValue(issuerDomainName: name, parameters: parameters))
    }

    /// `%x21-3A / %x3C-7E`.
    static func isValueByte(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ";") }

    private static func isTagByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool { isTagByte(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") }

    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let start = bytes.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return start.prefix(0) }
        return start[...last]
    }
}
