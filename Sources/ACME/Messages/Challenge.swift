/// The ways to prove control that this program knows by name.
public enum ChallengeType: String, Sendable, Codable, CaseIterable {
    /// RFC 8555 §8.3.
    case http01 = "http-01"
    /// RFC 8737.
    case tlsALPN01 = "tls-alpn-01"
    /// RFC 8555 §8.4.
    case dns01 = "dns-01"
}

/// One way to prove control over an identifier. RFC 8555 §7.1.5 and §8.
public struct Challenge: Sendable, Hashable, Decodable {
    /// RFC 8555 §7.1.6.
    public enum Status: String, Sendable, Decodable {
        /// Not answered yet; at some CAs also: answered and not looked at.
        case pending
        /// Answered; the CA is looking.
        case processing
        /// Met.
        case valid
        /// Failed.
        case invalid
    }

    /// The registered type, such as `http-01`.
    public let type: String
    /// Where the answer goes.
    public let url: String
    /// Where it stands.
    public let status: Status
    /// The random text of the CA; every type in ``ChallengeType`` has one.
    public let token: String?
    /// Why it failed.
    public let error: Problem?

    /// A challenge from its parts, for tests and fakes.
    public init(type: String, url: String, status: Status, token: String?, error: Problem? = nil) {
        self.type = type
        self.url = url
        self.status = status
        self.token = token
        self.error = error
    }

    /// The type, if it is one that we know.
    public var knownType: ChallengeType? { ChallengeType(rawValue: type) }
}
