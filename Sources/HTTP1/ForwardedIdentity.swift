/// What the upstream is told about the downstream connection, as bytes that are copied into each request. Made once per connection.
///
/// The names and meanings are those of ingress-nginx: `X-Real-IP`, `X-Forwarded-For` (the remote address alone), `X-Forwarded-Port`,
/// `X-Forwarded-Proto`, `X-Forwarded-Scheme`, `X-Scheme`.
public struct ForwardedIdentity: Sendable, Hashable {
    /// The scheme by which downstream came.
    public enum Scheme: Sendable, Hashable {
        /// Plain text.
        case http
        /// TLS.
        case https
    }

    /// The lines, each with its CRLF.
    let lines: [UInt8]

    /// Makes the lines.
    ///
    /// - Parameters:
    ///   - remoteAddress: of the downstream peer, without port, an IPv6 address without brackets.
    ///   - scheme: by which it came.
    ///   - port: that it came to.
    public init(remoteAddress: FieldValue, scheme: Scheme, port: UInt16) {
        let name = scheme == .https ? "https" : "http"
        var lines: [UInt8] = []
        lines.reserveCapacity(160 + 2 * remoteAddress.bytes.count)
        // Appended piece by piece: a connection with one request pays for every array in between.
        lines.append(contentsOf: "X-Real-IP: ".utf8)
        lines.append(contentsOf: remoteAddress.bytes)
        lines.append(contentsOf: "\r\nX-Forwarded-For: ".utf8)
        lines.append(contentsOf: remoteAddress.bytes)
        lines.append(contentsOf: "\r\nX-Forwarded-Port: ".utf8)
        lines.append(contentsOf: String(port).utf8)
        lines.append(contentsOf: "\r\nX-Forwarded-Proto: ".utf8)
        lines.append(contentsOf: name.utf8)
        lines.append(contentsOf: "\r\nX-Forwarded-Scheme: ".utf8)
        lines.append(contentsOf: name.utf8)
        lines.append(contentsOf: "\r\nX-Scheme: ".utf8)
        lines.append(contentsOf: name.utf8)
        lines.append(contentsOf: "\r\n".utf8)
        self.lines = lines
    }
}
