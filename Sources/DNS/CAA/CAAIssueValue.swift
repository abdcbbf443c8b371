/// The value of an `issue` or `issuewild` property. RFC 8659 §4.2.
struct CAAIssueValue: Hashable, Sendable {
    /// Lower case; nil when nobody may issue by this record.
    let issuer: String?
    /// In order, tags in lower case. A tag may come more than once, which RFC 8657 makes unsatisfiable for its own.
    let parameters: [Parameter]

    struct Parameter: Hashable, Sendable {
        let tag: String
        let value: String
    }

    /// Reads a value; one that does not follow the grammar is the same as an empty one: nobody may issue.
    init(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(CAAIssueValue.trimmed)
        guard let issuer = parts.first, let parameters = CAAIssueValue.parameters(parts.dropFirst()),
            issuer.isEmpty || CAAIssueValue.isDomain(issuer)
        else {
            self.issuer = nil
            self.parameters = []
            return
        }
        self.issuer = issuer.isEmpty ? nil : String(decoding: issuer, as: UTF8.self).lowercased()
        self.parameters = parameters
    }

    /// All values of a parameter.
    func values(of tag: String) -> [String] { parameters.filter { $0.tag == tag }.map(\.value) }

    private static func parameters(_ parts: ArraySlice<[UInt8]>) -> [Parameter]? {
        // A semicolon with nothing behind it.
        if parts.count == 1, parts.first?.isEmpty == true { return [] }
        var parameters: [Parameter] = []
        for part in parts {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let tag = trimmed(part[..<equals])
            let value = trimmed(part[(equals + 1)...])
            guard isLabel(tag[...]), value.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
            parameters.append(
                Parameter(tag: String(decoding: tag, as: UTF8.self).lowercased(), value: String(decoding: value, as: UTF8.self)))
        }
        return parameters
    }

    private static func isDomain(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    private static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"): true
            default: false
            }
        }
    }

    private static func trimmed(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        var rest = Array(bytes.drop(while: isSpace))
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }
}
