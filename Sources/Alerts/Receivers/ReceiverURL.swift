/// The URLs that alerts may be sent to.
enum ReceiverURL {
    /// What is wrong with a URL; nil when nothing is. Nothing of its path is repeated, since that may be a secret.
    static func complaint(about url: String) -> String? {
        guard url.utf8.count <= AlertLimits.urlBytesMax else {
            return "the URL has \(url.utf8.count) bytes, the limit is \(AlertLimits.urlBytesMax)"
        }
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return "the URL has a byte that must be percent-encoded" }
        guard let authority = authority(of: url), !authority.isEmpty else { return "not an absolute http or https URL" }
        if authority.contains("@") { return "the URL has a name or a password; use basicAuth" }
        return url.contains("#") ? "the URL has a fragment" : nil
    }

    /// Scheme, host and port: what may be shown of it.
    static func origin(of url: String) -> String {
        guard let authority = authority(of: url), let scheme = url.split(separator: ":").first else { return "?" }
        return "\(scheme.lowercased())://\(authority.split(separator: "@").last ?? "")"
    }

    private static func authority(of url: String) -> Substring? {
        let lower = url.lowercased()
        for scheme in ["https://", "http://"] where lower.hasPrefix(scheme) {
            return url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        }
        return nil
    }
}
