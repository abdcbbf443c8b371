internal import Core

/// Hosts as a person names them on the command line: one, in any of its spellings, or all that fit a pattern with `*`.
struct HostPattern: Hashable {
    private let pattern: String
    /// Whether it may stand for many hosts.
    let isGlob: Bool

    /// Reads a host (`shop.example.com`, `MÜLLER.example.`, `192.0.2.1`) or a pattern (`*.example.com`, `shop*`).
    ///
    /// - Returns: nil for what no host can be or fit.
    init?(_ text: String) {
        isGlob = text.contains("*")
        if let name = try? DNSName(parsing: text) {
            pattern = name.ascii
        } else if let address = IPAddressText.canonical(text) {
            pattern = address
        } else if isGlob, text.utf8.count <= 253,
            text.utf8.allSatisfy({ $0 < 0x80 && (UnicodeScalar($0).properties.isAlphabetic || "0123456789-.*:".utf8.contains($0)) })
        {
            pattern = text.lowercased()
        } else {
            return nil
        }
    }

    /// The host in the spelling that objects and certificates use; a pattern as it is.
    var text: String { pattern }

    /// Whether a host of a certificate is meant. Without `*`, the wildcard that covers the host is meant too.
    func matches(_ host: String) -> Bool {
        guard isGlob else {
            if host == pattern { return true }
            guard host.hasPrefix("*."), let dot = pattern.utf8.firstIndex(of: UInt8(ascii: ".")) else { return false }
            return host.dropFirst() == pattern[dot...]
        }
        return HostPattern.fits(Array(pattern.utf8), Array(host.utf8))
    }

    static func complaint(about text: String) -> String {
        "\"\(Terminal.harmless(text))\" is not a host; it takes a name such as shop.example.com, an address, or a pattern such as '*.example.com'"
    }

    /// Goes back to the last `*` only, so that no pattern takes longer than the product of both lengths.
    private static func fits(_ pattern: [UInt8], _ host: [UInt8]) -> Bool {
        var (at, next) = (0, 0)
        var star: (pattern: Int, host: Int)?
        while at < host.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                star = (next, at)
                next += 1
            } else if next < pattern.count, pattern[next] == host[at] {
                (at, next) = (at + 1, next + 1)
            } else if let last = star {
                star = (last.pattern, last.host + 1)
                (at, next) = (last.host + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
