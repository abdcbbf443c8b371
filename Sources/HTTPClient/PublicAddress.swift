/// Tells addresses of the public Internet from those of this machine, this network, and special purposes.
enum PublicAddress {
    /// Whether an address is public, by the IANA registries of special-purpose addresses (RFC 6890 and its successors).
    ///
    /// An IPv4 address inside of an IPv6 one counts as itself.
    ///
    /// - Parameter octets: 4 or 16.
    static func contains(_ octets: [UInt8]) -> Bool {
        switch octets.count {
        case 4: !special4.contains { matches(octets, $0.0, $0.1) }
        case 16: version4(in: octets).map { contains($0) } ?? isPublic6(octets)
        default: false
        }
    }

    private static func isPublic6(_ octets: [UInt8]) -> Bool {
        // RFC 4291 §2.4: only 2000::/3 has been given out.
        matches(octets, [0x20], 3) && !special6.contains { matches(octets, $0.0, $0.1) }
    }

    /// The IPv4 address that is mapped (RFC 4291 §2.5.5), translated (RFC 6052) or tunnelled to (RFC 3056).
    private static func version4(in octets: [UInt8]) -> [UInt8]? {
        if matches(octets, mapped, 96) || matches(octets, translated, 96) { return Array(octets[12...]) }
        if matches(octets, [0x20, 0x02], 16) { return Array(octets[2..<6]) }
        return nil
    }

    private static func matches(_ octets: [UInt8], _ prefix: [UInt8], _ bits: Int) -> Bool {
        for bit in 0..<bits {
            let mask = UInt8(0x80) >> (bit % 8)
            let wanted = bit / 8 < prefix.count ? prefix[bit / 8] : 0
            if octets[bit / 8] & mask != wanted & mask { return false }
        }
        return true
    }

    private static let special4: [([UInt8], Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24), ([192, 0, 2], 24),
        ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24), ([203, 0, 113], 24), ([224], 4), ([240], 4),
    ]
    private static let special6: [([UInt8], Int)] = [([0x20, 0x01, 0], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x3F, 0xFF], 20)]
    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
    private static let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B]
}
