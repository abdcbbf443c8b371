/// One address that a connection can be made to.
public struct UpstreamEndpoint: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// An IPv4 or IPv6 address without brackets, or the DNS name of an ExternalName Service.
    public let address: String
    /// 1...65535.
    public let port: Int

    /// Makes an endpoint; neither part is checked.
    public init(address: String, port: Int) {
        self.address = address
        self.port = port
    }

    /// `address:port`, IPv6 in brackets.
    public var description: String { address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)" }

    /// Orders by address, then port, both as text and number are compared in Swift.
    public static func < (left: Self, right: Self) -> Bool { (left.address, left.port) < (right.address, right.port) }
}
