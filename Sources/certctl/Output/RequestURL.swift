/// A URL as a person gives it to `certctl routes`: the scheme may be missing, the path too.
struct RequestURL {
    /// Host and optional port, as a `Host` field has them.
    let authority: String
    /// Path and query, as a request line has them; at least `/`.
    let target: String

    /// Takes a URL apart without interpreting the path: what routing makes of it is what the person wants to know.
    init?(_ text: String) {
        var rest = Substring(text)
        for scheme in ["https://", "http://"] where rest.lowercased().hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard end != rest.startIndex, !rest.contains("#"), rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        authority = String(rest[..<end])
        let path = rest[end...]
        target = path.hasPrefix("/") ? String(path) : "/" + path
    }

    static func complaint(about text: String) -> String {
        "\"\(text)\" is not a URL; it takes [https://]HOST[:PORT][/PATH], without spaces and without #"
    }
}
