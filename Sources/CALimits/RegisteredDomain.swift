internal import CPSL
public import Core

/// The part of a name that somebody bought, by the Public Suffix List that libpsl carries.
///
/// The rules of the list's private section count, as at Let's Encrypt: the registered domain of `a.b.github.io` is `b.github.io`. A name
/// that is a public suffix itself stands for itself.
public enum RegisteredDomain {
    /// The registered domain of a name in lower-case ASCII; a wildcard counts like its parent.
    ///
    /// For an IP address it is the address itself, or the /64 that an IPv6 address is in: what a provider hands out in one piece.
    public static func of(_ name: String) -> String {
        if let octets = IPAddressText.octets(of: name) { return ofAddress(octets) ?? name }
        let bare = name.hasPrefix("*.") ? String(name.dropFirst(2)) : name
        guard let list = unsafe psl_builtin() else { return bare }
        // SAFETY: the result points into the text that it is asked about, so it is copied before that goes.
        let domain = unsafe bare.withCString { text in
            unsafe psl_registrable_domain(list, text).map { unsafe String(cString: $0) }
        }
        return domain ?? bare
    }

    /// The registered domain of a name.
    public static func of(_ name: DNSName) -> String { of(name.ascii) }

    private static func ofAddress(_ octets: [UInt8]) -> String? {
        guard octets.count == 16 else { return IPAddressText.text(of: octets) }
        return IPAddressText.text(of: Array(octets.prefix(8)) + [UInt8](repeating: 0, count: 8)).map { $0 + "/64" }
    }
}
