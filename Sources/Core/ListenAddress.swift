/// Where to listen, as `--http` and its siblings take it: `127.0.0.1:8080`, `[::]:8443`, `:9402` (every address), port 0 for any free one.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 or IPv6 address in text, without brackets.
    public let host: String
    /// 0...65535; 0 lets the kernel choose.
    public let port: Int

    /// Makes an address from its parts; neither is checked.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`.
    ///
    /// - Returns: nil unless there is a port of 0...65535 behind the last colon and an IPv6 address stands in brackets.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "::" : String(host), port: Int(port))
    }

    /// `HOST:PORT`, with brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host == "localhost" || host.hasPrefix("127.") }
}
