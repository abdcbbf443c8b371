/// Reading and writing of IP addresses as an identifier carries them. RFC 8738 §3: IPv4 in dotted decimal (RFC 1123 §2.1), IPv6
/// in the canonical form of RFC 5952 §4.
enum IPAddressText {
    /// The canonical text of an IPv4 or IPv6 address, or nil when the text is neither.
    static func canonical(_ text: some StringProtocol) -> String? {
        let bytes = Array(text.utf8)
        // The longest IPv6 text, with an embedded IPv4 address, has 45 characters.
        guard bytes.count <= 45 else { return nil }
        if let address = v4(bytes[...]) { return address.map(String.init).joined(separator: ".") }
        return v6(bytes).map(written)
    }

    private static func v4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: [UInt8] = []
        for part in parts {
            // A leading zero would be octal to some readers, so it is refused (RFC 6943 §3.1.1).
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            guard part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
            guard let value = UInt8(String(decoding: part, as: UTF8.self)) else { return nil }
            address.append(value)
        }
        return address
    }

    private static func v6(_ text: [UInt8]) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        let gap = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
        guard let gap else {
            let groups = v6Groups(text[...])
            return groups?.count == 8 ? groups : nil
        }
        guard let head = v6Groups(text[..<gap], isBeforeGap: true), let tail = v6Groups(text[(gap + 2)...]) else { return nil }
        guard head.count + tail.count <= 7 else { return nil }
        return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func v6Groups(_ text: ArraySlice<UInt8>, isBeforeGap: Bool = false) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, !isBeforeGap, let last = v4(part) {
                groups.append(UInt16(last[0]) << 8 | UInt16(last[1]))
                groups.append(UInt16(last[2]) << 8 | UInt16(last[3]))
                continue
            }
            guard (1...4).contains(part.count), part.first != UInt8(ascii: "+") else { return nil }
            guard let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16) else { return nil }
            groups.append(value)
        }
        return groups
    }

    /// RFC 5952 §4: lower case, no leading zeros, the first of the longest runs of two or more zero groups as `::`.
    private static func written(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !best.isEmpty else { return text(groups[...]) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}
