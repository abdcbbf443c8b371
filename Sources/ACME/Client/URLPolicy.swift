internal import Core

/// Which URLs of a CA are used at all.
///
/// RFC 8555 §6.1 demands https. The one exception is a CA on a loopback address whose directory is configured with `http:`, as test
/// CAs are; nothing but loopback may then be plain either.
struct URLPolicy: Sendable {
    private let allowsPlainLoopback: Bool

    /// The policy of a CA by its directory.
    ///
    /// - Throws: ``ACMEError`` with code `invalidRequest` when the directory itself is unusable.
    init(directoryURL: String) throws(ACMEError) {
        allowsPlainLoopback = URLPolicy.isPlainLoopback(directoryURL)
        guard let reason = refusal(of: directoryURL) else { return }
        throw ACMEError(
            .invalidRequest, fault: .configuration, subject: "directory \(Problem.printable(directoryURL))", reason: reason)
    }

    /// Passes a URL on or refuses it.
    func check(_ url: String, _ what: String, subject: String) throws(ACMEError) -> String {
        guard let reason = refusal(of: url) else { return url }
        throw .malformed(subject, "\(what) is not usable: got \"\(url.prefix(ACMELimits.excerptCharactersMax))\": \(reason)")
    }

    private func refusal(of url: String) -> String? {
        guard url.utf8.count <= ACMELimits.urlBytesMax else { return "longer than \(ACMELimits.urlBytesMax) bytes" }
        guard url.utf8.allSatisfy(URLPolicy.isAllowed) else { return "a byte that RFC 3986 allows in no URL" }
        let authority: Substring
        if let rest = url.suffix(afterASCIIPrefix: "https://") {
            authority = URLPolicy.authority(in: rest)
        } else if allowsPlainLoopback, URLPolicy.isPlainLoopback(url), let rest = url.suffix(afterASCIIPrefix: "http://") {
            authority = URLPolicy.authority(in: rest)
        } else {
            return allowsPlainLoopback ? "neither https nor http to a loopback address" : "not https"
        }
        guard !authority.contains("@") else { return "it carries user information" }
        guard !authority.isEmpty, authority.first != ":" else { return "it has no host" }
        return nil
    }

    private static func isPlainLoopback(_ url: String) -> Bool {
        guard let rest = url.suffix(afterASCIIPrefix: "http://") else { return false }
        let authority = authority(in: rest)
        if authority.hasPrefix("[") { return authority.hasPrefix("[::1]") }
        let host = authority.prefix { $0 != ":" }.lowercased()
        return host == "localhost" || IPAddressText.canonical(host)?.hasPrefix("127.") == true
    }

    private static func authority(in rest: Substring) -> Substring { rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" } }

    /// Visible ASCII without the delimiters that RFC 3986 leaves out. So a checked URL needs no escaping inside a JSON string.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            false
        case 0x21...0x7E: true
        default: false
        }
    }
}

extension String {
    /// What follows a scheme, which is compared without regard to case (RFC 3986 §3.1), or nil.
    fileprivate func suffix(afterASCIIPrefix prefix: String) -> Substring? {
        guard self.prefix(prefix.count).lowercased() == prefix else { return nil }
        return dropFirst(prefix.count)
    }
}
