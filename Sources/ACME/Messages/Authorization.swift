/// The CA's view of our control over one identifier. RFC 8555 §7.1.4.
public struct Authorization: Sendable, Hashable {
    /// RFC 8555 §7.1.6.
    public enum Status: Sendable, Hashable {
        /// A challenge has to be met.
        case pending
        /// Control is proved.
        case valid
        /// A challenge failed.
        case invalid
        /// Given up by the account.
        case deactivated
        /// Too old.
        case expired
        /// Taken back by the CA.
        case revoked
        /// A word that RFC 8555 does not know.
        case other(String)
    }

    /// Where it stands.
    public let status: Status
    /// What it is about; never with `*.` (see ``isWildcard``).
    public let identifier: ACMEIdentifier
    /// Whether it was made for a wildcard name.
    public let isWildcard: Bool
    /// The ways to prove control, or the one that was used.
    public let challenges: [Challenge]

    /// An authorization from its parts, for tests and fakes.
    public init(status: Status, identifier: ACMEIdentifier, isWildcard: Bool = false, challenges: [Challenge]) {
        self.status = status
        self.identifier = identifier
        self.isWildcard = isWildcard
        self.challenges = challenges
    }

    /// The identifier as the order has it: with `*.` for a wildcard.
    public var orderedIdentifier: ACMEIdentifier { isWildcard ? identifier.asWildcard : identifier }
    /// The name as the order has it, for messages: with `*.` for a wildcard.
    public var name: String { orderedIdentifier.value }
}

extension Authorization.Status: RawRepresentable {
    /// Reads the wire form; never fails.
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "pending": .pending
            case "valid": .valid
            case "invalid": .invalid
            case "deactivated": .deactivated
            case "expired": .expired
            case "revoked": .revoked
            default: .other(rawValue)
            }
    }

    /// The wire form.
    public var rawValue: String {
        switch self {
        case .pending: "pending"
        case .valid: "valid"
        case .invalid: "invalid"
        case .deactivated: "deactivated"
        case .expired: "expired"
        case .revoked: "revoked"
        case .other(let word): word
        }
    }
}

extension Authorization: Decodable {
    private enum CodingKeys: String, CodingKey {
        case status, identifier, wildcard, challenges
    }

    /// Reads the wire form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        status = Status(rawValue: try container.decode(String.self, forKey: .status))
        identifier = try container.decode(ACMEIdentifier.self, forKey: .identifier)
        isWildcard = try container.decodeIfPresent(Bool.self, forKey: .wildcard) ?? false
        challenges = try container.decode([Challenge].self, forKey: .challenges)
    }
}
