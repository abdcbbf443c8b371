internal import Core

/// Where a DNS server listens: an address or a host name, and a port.
public struct Nameserver: Hashable, Sendable, CustomStringConvertible {
    /// An IP address without brackets, or a host name.
    public let host: String
    /// 1...65535.
    public let port: UInt16

    /// Makes one from its parts; the host is not checked.
    public init(host: String, port: UInt16 = 53) {
        self.host = host
        self.port = port
    }

    /// Reads `1.1.1.1`, `1.1.1.1:53`, `2606:4700::1111`, `[::1]:53` or `ns.example:53`. Without a port it is 53.
    ///
    /// - Throws: `.invalidNameserver`; also for URLs: DNS over HTTPS or TLS is not supported.
    public init(_ text: String) throws(DNSError) {
        func refused(_ why: String) -> DNSError {
            DNSError(.invalidNameserver(why), subject: "\"\(text.oneLine(bytesMax: 80))\"")
        }
        guard !text.contains("://") else {
            throw refused("URLs (DNS over HTTPS or TLS) are not supported; give HOST or HOST:PORT for plain DNS")
        }
        if IPAddressText.octets(of: text) != nil {
            self.init(host: text)
            return
        }
        var host = Substring(text)
        var port: UInt16 = 53
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw refused("the bracket is not closed") }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard IPAddressText.octets(of: String(host))?.count == 16 else { throw refused("no IPv6 address in the brackets") }
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 else { throw refused("bad port") }
                port = number
            }
        } else {
            if let colon = text.firstIndex(of: ":") {
                guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else { throw refused("bad port") }
                host = text[..<colon]
                port = number
            }
            if IPAddressText.octets(of: String(host)) == nil {
                guard (try? DNSName(parsing: host)) != nil, !host.hasPrefix("*") else {
                    throw refused("neither an IP address nor a host name")
                }
            }
        }
        self.init(host: String(host), port: port)
    }

    /// `HOST:PORT`, with brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
