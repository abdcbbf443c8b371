/// The host part of a `Host` field, an authority or an SNI name, found without copying. RFC 9110 §7.2, RFC 3986 §3.2.2.
public enum RequestHost {
    /// Where the host stands in an authority: the port and one trailing dot are cut, an IPv6 literal keeps its brackets.
    ///
    /// Letters stay in the case they have; everything that looks a host up ignores case. Empty is valid (RFC 9112 §3.2: a
    /// request whose target has no authority has an empty `Host`) and matches only rules without a host.
    ///
    /// - Parameter authority: such as `Shop.Example.:8443` or `[2001:db8::1]:80`.
    /// - Returns: nil when malformed: user information, an empty label, a bad port, a byte that no host name has. The caller
    ///   answers 400. Percent-encoded and sub-delim characters of `reg-name` are refused: no Ingress host can hold them.
    public static func range(in authority: Span<UInt8>) -> Range<Int>? {
        if authority.count == 0 { return 0..<0 }
        if authority[0] == UInt8(ascii: "[") { return literalRange(in: authority) }
        var end = 0
        var labelStart = 0
        while end < authority.count, authority[end] != UInt8(ascii: ":") {
            let byte = authority[end]
            if byte == UInt8(ascii: ".") {
                guard end > labelStart else { return nil }
                labelStart = end + 1
            } else if !isNameByte(byte) {
                return nil
            }
            end += 1
        }
        guard isPort(authority, from: end) else { return nil }
        let hasTrailingDot = end > 0 && labelStart == end
        return 0..<(hasTrailingDot ? end - 1 : end)
    }

    /// `[` IPv6address `]`; the address itself is not checked beyond its alphabet, since no rule can name one.
    private static func literalRange(in authority: Span<UInt8>) -> Range<Int>? {
        var end = 1
        while end < authority.count, authority[end] != UInt8(ascii: "]") {
            switch authority[end] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
                end += 1
            default: return nil
            }
        }
        guard end > 1, end < authority.count, isPort(authority, from: end + 1) else { return nil }
        return 0..<(end + 1)
    }

    /// Whether what is left is nothing, or `:` and at most five digits (RFC 3986 §3.2.3 allows none).
    private static func isPort(_ authority: Span<UInt8>, from start: Int) -> Bool {
        if start == authority.count { return true }
        guard authority[start] == UInt8(ascii: ":"), authority.count - start <= 6 else { return false }
        for index in (start + 1)..<authority.count {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(authority[index]) else { return false }
        }
        return true
    }

    /// Letters, digits, hyphen, and the underscore that real names have although RFC 1123 has not.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
