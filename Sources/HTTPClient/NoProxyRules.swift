internal import Glibc

/// The hosts that are reached without a proxy, in the syntax of `NO_PROXY` as Go's and curl's clients read it.
struct NoProxyRules: Hashable, Sendable {
    private enum Rule: Hashable, Sendable {
        /// `*`
        case everything
        /// `example.com` and everything below it; below only, with a leading dot.
        case domain(String, isBelowOnly: Bool, port: Int?)
        /// An address or a CIDR block, with the number of leading bits that count.
        case block([UInt8], bits: Int, port: Int?)
    }

    private let rules: [Rule]

    /// Reads a list with commas or white space between its entries. Entries that cannot be read match nothing.
    init(_ text: String) {
        rules = text.split { $0 == "," || $0.isWhitespace }.compactMap { NoProxyRules.rule(String($0).lowercased()) }
    }

    /// Whether this host is reached directly.
    ///
    /// - Parameter host: lower case, an IPv6 address without brackets.
    func matches(host: String, port: Int) -> Bool {
        let address = NoProxyRules.address(host)
        return rules.contains { rule in
            switch rule {
            case .everything:
                true
            case .domain(let name, let isBelowOnly, let rulePort):
                address == nil && (rulePort ?? port) == port
                    && (host.hasSuffix("." + name) || (!isBelowOnly && host == name))
            case .block(let bytes, let bits, let rulePort):
                (rulePort ?? port) == port && address.map { NoProxyRules.hasSamePrefix($0, bytes, bits: bits) } == true
            }
        }
    }

    private static func rule(_ entry: String) -> Rule? {
        if entry == "*" { return .everything }
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let bytes = address(unbracketed(String(parts[0]))), let bits = Int(parts[1]), (0...bytes.count * 8).contains(bits) else {
                return nil
            }
            return .block(bytes, bits: bits, port: nil)
        }
        if let bytes = address(unbracketed(entry)) { return .block(bytes, bits: bytes.count * 8, port: nil) }
        let (host, port) = splitPort(entry)
        if let bytes = address(unbracketed(host)) { return .block(bytes, bits: bytes.count * 8, port: port) }
        let isBelowOnly = host.hasPrefix(".") || host.hasPrefix("*.")
        let name = isBelowOnly ? String(host.drop { $0 == "*" || $0 == "." }) : host
        return name.isEmpty ? nil : .domain(name, isBelowOnly: isBelowOnly, port: port)
    }

    private static func splitPort(_ entry: String) -> (host: String, port: Int?) {
        guard let colon = entry.lastIndex(of: ":"), let port = Int(entry[entry.index(after: colon)...]) else { return (entry, nil) }
        return (String(entry[..<colon]), port)
    }

    private static func unbracketed(_ text: String) -> String {
        text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }

    /// The four or sixteen bytes of an address, or nil for a name. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) is its IPv4 address.
    private static func address(_ text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return sixteen.starts(with: mapped) ? Array(sixteen[12...]) : sixteen
    }

    private static func hasSamePrefix(_ left: [UInt8], _ right: [UInt8], bits: Int) -> Bool {
        guard left.count == right.count else { return false }
        let whole = bits / 8
        guard left[..<whole] == right[..<whole] else { return false }
        let rest = bits % 8
        return rest == 0 || (left[whole] ^ right[whole]) >> (8 - UInt8(rest)) == 0
    }
}
