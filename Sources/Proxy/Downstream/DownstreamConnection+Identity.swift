internal import HTTP1
internal import NIOCore

extension DownstreamConnection {
    /// What upstreams are told about this connection.
    func makeIdentity() -> ForwardedIdentity {
        // A numeric address always is a field value; `unknown` is what RFC 7239 §6.2 calls the absence of one.
        let address = (try? FieldValue(remoteAddress)) ?? Self.unknown
        let port = isTLS ? loop.publicPorts.https : loop.publicPorts.http
        return ForwardedIdentity(remoteAddress: address, scheme: isTLS ? .https : .http, port: port)
    }

    /// The numeric address without port. IPv4 over a socket of IPv6 is shown as IPv4. RFC 4291 §2.5.5.2.
    static func address(of address: SocketAddress?) -> String {
        guard let text = address?.ipAddress else { return "unknown" }
        let mapped = "::ffff:"
        guard text.hasPrefix(mapped), text.utf8.contains(UInt8(ascii: ".")) else { return text }
        return String(text.dropFirst(mapped.count))
    }

    private static let unknown: FieldValue = {
        do { return try FieldValue("unknown") } catch { preconditionFailure("a constant is not a field value: \(error)") }
    }()
}
