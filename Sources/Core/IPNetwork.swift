/// A block of IP addresses as text has it: `10.0.0.0/8`, `fd00::/8`, or one address. RFC 4632 §3.1, RFC 4291 §2.3.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    private let octets: [UInt8]
    private let bits: Int

    /// Reads `ADDRESS/BITS` or `ADDRESS`.
    ///
    /// - Returns: nil when it is neither, or when a bit behind the prefix is set, which is a typing error more often than not.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let octets = IPAddressText.octets(of: String(parts[0])) else { return nil }
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let bits = Int(parts[1]), bits <= octets.count * 8
            else { return nil }
            self.bits = bits
        } else {
            bits = octets.count * 8
        }
        self.octets = octets
        guard (bits..<octets.count * 8).allSatisfy({ !IPNetwork.bit($0, of: octets) }) else { return nil }
    }

    /// Whether an address is in it. An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2) counts as itself.
    ///
    /// - Parameter address: 4 or 16 octets; any other number is in no network.
    public func contains(_ address: [UInt8]) -> Bool {
        let address = address.count == 16 && address.starts(with: IPNetwork.mapped) ? Array(address[12...]) : address
        return address.count == octets.count
            && (0..<bits).allSatisfy { IPNetwork.bit($0, of: address) == IPNetwork.bit($0, of: octets) }
    }

    /// `ADDRESS/BITS`.
    public var description: String { "\(IPAddressText.text(of: octets) ?? "")/\(bits)" }

    /// Every address.
    public static let everything = [IPNetwork("0.0.0.0/0"), IPNetwork("::/0")].compactMap(\.self)

    private static func bit(_ index: Int, of octets: [UInt8]) -> Bool { octets[index / 8] & (0x80 >> UInt8(index % 8)) != 0 }

    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
}
