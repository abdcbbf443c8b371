internal import Core

/// The names in a subject alternative name that are of use here. RFC 5280 §4.2.1.6.
struct AlternativeNames {
    /// Well-formed DNS names, lower case, in their order.
    var dnsNames: [String] = []
    /// IP addresses as text.
    var ipAddresses: [String] = []
    /// Malformed names of these two kinds.
    var unusableCount = 0

    /// Takes the octets of a dNSName.
    mutating func append(dnsName octets: [UInt8]) {
        guard let name = Self.hostName(octets) else {
            unusableCount += 1
            return
        }
        dnsNames.append(name)
    }

    /// Takes the octets of an iPAddress.
    mutating func append(ipAddress octets: [UInt8]) {
        guard let address = IPAddressText.text(of: octets) else {
            unusableCount += 1
            return
        }
        ipAddresses.append(address)
    }

    /// Letters, digits, hyphens, underscores and dots, with `*` as the whole first label at most. Underscores are no host names but are
    /// in certificates; they match nothing, since no `DNSName` has one. Everything else, and NUL first of all, could be read as another
    /// name than the CA checked.
    private static func hostName(_ octets: [UInt8]) -> String? {
        guard (1...253).contains(octets.count) else { return nil }
        let rest = octets.starts(with: "*.".utf8) ? octets.dropFirst(2) : octets[...]
        guard !rest.isEmpty else { return nil }
        var lower: [UInt8] = []
        lower.reserveCapacity(octets.count)
        if rest.count < octets.count { lower.append(contentsOf: "*.".utf8) }
        for byte in rest {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): lower.append(byte | 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                lower.append(byte)
            default: return nil
            }
        }
        return String(decoding: lower, as: UTF8.self)
    }
}
