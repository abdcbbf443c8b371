internal import Glibc

/// IP addresses between text and octets, by the C library's own reader and writer.
public enum IPAddressText {
    /// The canonical text of 4 or 16 octets (RFC 5952 for IPv6); nil for any other number.
    public static func text(of octets: [UInt8]) -> String? {
        let family: CInt
        switch octets.count {
        case 4: family = AF_INET
        case 16: family = AF_INET6
        default: return nil
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let size = socklen_t(text.count)
        guard unsafe inet_ntop(family, octets, &text, size) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The octets of an address; nil when the text is none. No zone, no brackets, no port; no leading zeros in IPv4, which are octal to
    /// some readers (RFC 6943 §3.1.1).
    public static func octets(of text: String) -> [UInt8]? {
        guard text.utf8.count < Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        var four = [UInt8](repeating: 0, count: 4)
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        return unsafe inet_pton(AF_INET6, text, &sixteen) == 1 ? sixteen : nil
    }

    /// The one text of an address that may be written in several ways, as an ACME identifier carries it (RFC 8738 §3); nil when it is none.
    public static func canonical(_ text: some StringProtocol) -> String? {
        octets(of: String(text)).flatMap { self.text(of: $0) }
    }
}
