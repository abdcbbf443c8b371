internal import Core

/// Who may use the admin API.
///
/// Asking is free on a loopback address, which is this machine; elsewhere it takes the token, but for health and metrics. Changing something
/// takes the token wherever there is one, else a loopback address; such a request must besides carry ``header``, which a page in a browser
/// cannot send to another origin without asking first (CORS), and an `Origin` is refused.
public struct AdminAccess: Sendable, Equatable {
    private enum Requirement: Equatable {
        case loopback
        case token([UInt8])
        case nothing
    }

    /// The field that a request which changes something must have, with any value.
    public static let header = "X-Certctl-Request"

    private let requirement: Requirement

    /// No token: this machine may do everything, others nothing.
    public static let loopbackOnly = AdminAccess(requirement: .loopback)
    /// A token was asked for, and none can be read: nobody has the right one, on this machine neither.
    public static let closed = AdminAccess(requirement: .nothing)

    /// Asks for a token.
    ///
    /// - Returns: nil when it is shorter than ``tokenBytesMin``, longer than ``tokenBytesMax``, or has characters that a bearer token
    ///   may not have. RFC 6750 §2.1.
    public init?(bearerToken: [UInt8]) {
        guard (Self.tokenBytesMin...Self.tokenBytesMax).contains(bearerToken.count), bearerToken.allSatisfy(Self.isTokenCharacter) else {
            return nil
        }
        requirement = .token(bearerToken)
    }

    private init(requirement: Requirement) { self.requirement = requirement }

    /// Whether there is a token that could be shown.
    var hasToken: Bool {
        if case .token = requirement { return true }
        return false
    }

    /// Whether somebody wanted a token.
    var asksForToken: Bool { requirement != .loopback }

    /// Shortest token: 96 bits in base64, out of reach for guessing over a network.
    public static let tokenBytesMin = 16
    /// Longest token: those of clouds and clusters are below 4 KiB.
    public static let tokenBytesMax = 4096

    /// Whether these bytes are the token.
    func isToken(_ sent: [UInt8]) -> Bool {
        guard case .token(let token) = requirement else { return false }
        return Self.isSame(sent, token)
    }

    /// What an `Authorization` field shows as a bearer token; nil when it shows something else. RFC 6750 §2.1.
    static func bearerToken(in authorization: String) -> [UInt8]? {
        let parts = authorization.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, String(Substring(parts[0])).lowercased() == "bearer" else { return nil }
        return Array(parts[1])
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
