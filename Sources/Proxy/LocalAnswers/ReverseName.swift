internal import Core

/// The names that stand for addresses in the reverse tree of the DNS. RFC 1035 §3.5 and RFC 3596 §2.5.
enum ReverseName {
    /// The canonical text of the address that a name stands for; nil when it stands for none.
    ///
    /// - Parameter name: in lower case without a trailing dot, such as `1.2.0.192.in-addr.arpa`.
    static func address(of name: String) -> String? {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 2, labels.last == "arpa" else { return nil }
        let digits = labels.dropLast(2).reversed()
        switch labels[labels.count - 2] {
        case "in-addr": return version4(digits)
        case "ip6": return version6(digits)
        default: return nil
        }
    }

    private static func version4(_ labels: some Collection<Substring>) -> String? {
        guard labels.count == 4 else { return nil }
        // The reader refuses leading zeros and what is over 255.
        return IPAddressText.canonical(labels.joined(separator: "."))
    }

    private static func version6(_ labels: some Collection<Substring>) -> String? {
        let nibbles = labels.compactMap { $0.utf8.count == 1 ? UInt8($0, radix: 16) : nil }
        guard labels.count == 32, nibbles.count == 32 else { return nil }
        return IPAddressText.text(of: stride(from: 0, to: 32, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] })
    }
}
