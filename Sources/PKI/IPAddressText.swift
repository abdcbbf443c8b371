internal import Glibc

/// IP addresses between text and octets.
enum IPAddressText {
    /// The canonical text of 4 or 16 octets (RFC 5952 for IPv6); nil for any other number.
    static func text(of octets: [UInt8]) -> String? {
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

    /// The octets of an address; nil when the text is none. No zone, no brackets, no port.
    static func octets(of text: String) -> [UInt8]? {
        guard text.utf8.count < Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        var four = [UInt8](repeating: 0, count: 4)
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        return unsafe inet_pton(AF_INET6, text, &sixteen) == 1 ? sixteen : nil
    }
}
