/// IP addresses in the one text form that certificates and plans are compared by.
enum IPAddressText {
    /// Reads an IPv4 address (four decimal numbers) or an IPv6 address (RFC 4291 §2.2) and writes it as RFC 5952 §4 says.
    ///
    /// - Returns: nil when it is neither, with a zone or a prefix length too.
    static func canonical(_ text: some StringProtocol) -> String? {
        guard text.utf8.count <= 45 else { return nil }
        if let octets = ipv4(text) { return octets.map(String.init).joined(separator: ".") }
        return ipv6(text).map(write)
    }

    private static func ipv4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            // A leading zero is octal to some readers (RFC 6943 §3.1.1), so nobody may use one.
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part == "0" || part.first != "0", let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    private static func ipv6(_ text: some StringProtocol) -> [UInt16]? {
        let sides = String(text).split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        switch sides.count {
        case 1:
            guard let groups = groups(sides[0], mayEndInIPv4: true), groups.count == 8 else { return nil }
            return groups
        case 2:
            guard let left = groups(sides[0], mayEndInIPv4: false), let right = groups(sides[1], mayEndInIPv4: true),
                left.count + right.count <= 7
            else { return nil }
            return left + Array(repeating: 0, count: 8 - left.count - right.count) + right
        default: return nil
        }
    }

    private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, let octets = ipv4(part) {
                groups.append(UInt16(octets[0]) << 8 | UInt16(octets[1]))
                groups.append(UInt16(octets[2]) << 8 | UInt16(octets[3]))
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 < 0x80 && $0 != 0x2B && $0 != 0x2D }),
                let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups
    }

    /// RFC 5952 §4: lower case, no leading zeros, `::` for the first longest run of at least two zero groups.
    private static func write(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > best.count { best = start..<end }
            start = max(end, start + 1)
        }
        let text = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return text.joined(separator: ":") }
        return text[..<best.lowerBound].joined(separator: ":") + "::" + text[best.upperBound...].joined(separator: ":")
    }
}
