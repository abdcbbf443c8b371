internal import Core

/// Who may change something through the admin API.
///
/// Without a token: whoever reaches a loopback address, which is this machine. With one: whoever shows it, wherever it listens. In both
/// cases the request must carry ``header``, which a page in a browser cannot send to another origin without asking first (CORS), and an
/// `Origin` is refused.
public struct AdminAccess: Sendable {
    /// The field that a request which changes something must have, with any value.
    public static let header = "X-Certctl-Request"

    private let token: [UInt8]?

    /// No token.
    public static let loopbackOnly = AdminAccess(token: nil)

    /// Asks for a token.
    ///
    /// - Returns: nil when it is shorter than ``tokenBytesMin``, longer than ``tokenBytesMax``, or has characters that a bearer token
    ///   may not have. RFC 6750 §2.1.
    public init?(bearerToken: [UInt8]) {
        guard (Self.tokenBytesMin...Self.tokenBytesMax).contains(bearerToken.count), bearerToken.allSatisfy(Self.isTokenCharacter) else {
            return nil
        }
        token = bearerToken
    }

    private init(token: [UInt8]?) { self.token = token }

    /// Shortest token: 96 bits in base64, out of reach for guessing over a network.
    public static let tokenBytesMin = 16
    /// Longest token: those of clouds and clusters are below 4 KiB.
    public static let tokenBytesMax = 4096

    /// Whether an `Authorization` field with this value, or none, will do.
    ///
    /// - Parameter isLoopback: whether the server listens on a loopback address.
    func allows(authorization: String?, isLoopback: Bool) -> Bool {
        guard let token else { return isLoopback }
        guard let authorization else { return false }
        let parts = authorization.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, String(Substring(parts[0])).lowercased() == "bearer" else { return false }
        return Self.isSame(Array(parts[1]), token)
    }

    /// Compares in a time that depends on the length of what was sent alone, so that nobody finds the token byte by byte.
    static func isSame(_ sent: [UInt8], _ token: [UInt8]) -> Bool {
        var difference = sent.count ^ token.count
        for index in sent.indices { difference |= Int(sent[index] ^ token[index % token.count]) }
        return difference == 0
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}
