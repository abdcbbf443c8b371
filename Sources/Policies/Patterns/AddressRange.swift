internal import Core

/// IP addresses with a common beginning: `10.0.0.0/8`, `2001:db8::/32`, or a single address. RFC 4632 §3.1, RFC 4291 §2.3.
///
/// An IPv4 address written as an IPv6 one (`::ffff:10.0.0.1`, RFC 4291 §2.5.5.2) is the IPv4 address: it has one meaning to who connects,
/// so it has one to a policy.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let octets: [UInt8]
    private let bits: Int

    /// Reads `ADDRESS` or `ADDRESS/BITS`.
    ///
    /// - Throws: ``PatternError``; also when bits beyond the prefix are set, since then somebody meant another range.
    public init(parsing text: String) throws(PatternError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let octets = IPAddressText.octets(of: String(parts[0])) else {
            throw PatternError(text, "not an IP address or ADDRESS/BITS")
        }
        let bitsMax = octets.count * 8
        var bits = bitsMax
        if parts.count == 2 {
            let digits = parts[1]
            guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), digits.utf8.count <= 3,
                let number = Int(digits), number <= bitsMax
            else { throw PatternError(text, "the prefix length is not 0...\(bitsMax)") }
            bits = number
        }
        guard AddressRange.unmapped(octets).count == octets.count || bits < 96 else {
            throw PatternError(text, "write an IPv4 address or range as IPv4")
        }
        let network = AddressRange.masked(octets, bits)
        guard network == octets else {
            throw PatternError(text, "bits beyond the prefix are set; the range is \(IPAddressText.text(of: network) ?? "")/\(bits)")
        }
        self.octets = octets
        self.bits = bits
    }

    /// Whether an address, as 4 or 16 octets, is one of them.
    public func contains(_ address: [UInt8]) -> Bool {
        let address = AddressRange.unmapped(address)
        guard address.count == octets.count else { return false }
        let whole = bits / 8
        guard address.prefix(whole) == octets.prefix(whole) else { return false }
        let rest = bits % 8
        return rest == 0 || (address[whole] ^ octets[whole]) >> (8 - rest) == 0
    }

    /// `ADDRESS/BITS`; a single address by itself.
    public var description: String {
        let address = IPAddressText.text(of: octets) ?? ""
        return bits == octets.count * 8 ? address : "\(address)/\(bits)"
    }

    /// The four octets of an IPv4 address that is written as an IPv6 one; any other as it is.
    private static func unmapped(_ octets: [UInt8]) -> [UInt8] {
        let isMapped = octets.count == 16 && octets[..<10].allSatisfy { $0 == 0 } && octets[10] == 0xFF && octets[11] == 0xFF
        return isMapped ? Array(octets[12...]) : octets
    }

    private static func masked(_ octets: [UInt8], _ bits: Int) -> [UInt8] {
        octets.enumerated().map { index, octet in
            let kept = max(0, min(8, bits - index * 8))
            return kept == 0 ? 0 : octet & (0xFF << UInt8(8 - kept))
        }
    }
}
