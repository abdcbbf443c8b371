/// The ways to prove control that this program knows by name.
public enum ChallengeType: String, Sendable, Codable, CaseIterable {
    /// RFC 8555 §8.3.
    case http01 = "http-01"
    /// RFC 8737.
    case tlsALPN01 = "tls-alpn-01"
    /// RFC 8555 §8.4.
    case dns01 = "dns-01"
    /// draft-ietf-acme-dns-persist: a lasting TXT record that names the CA and the account.
    case dnsPersist01 = "dns-persist-01"

    /// Whether the CA connects to an address of the name, so that an unresolvable name fails it.
    public var connectsToHost: Bool { self == .http01 || self == .tlsALPN01 }

    /// Whether the CA hands out a token for it. RFC 8555 §8.
    var hasToken: Bool { self != .dnsPersist01 }
}

/// One way to prove control over an identifier. RFC 8555 §7.1.5 and §8.
public struct Challenge: Sendable, Hashable {
    /// RFC 8555 §7.1.6.
    public enum Status: Sendable, Hashable {
        /// Not answered yet; at some CAs also: answered and not looked at.
        case pending
        /// Answered; the CA is looking.
        case processing
        /// Met.
        case valid
        /// Failed.
        case invalid
        /// A word that RFC 8555 does not know. Such a challenge is not used.
        case other(String)
    }

    /// The registered type, such as `http-01`.
    public let type: String
    /// Where the answer goes.
    public let url: String
    /// Where it stands.
    public let status: Status
    /// The random text of the CA; every type in ``ChallengeType`` but dns-persist-01 has one.
    public let token: String?
    /// The names of the CA of which a dns-persist-01 record has to carry one; empty for other types.
    public let issuerDomainNames: [String]
    /// Why it failed.
    public let error: Problem?

    /// A challenge from its parts, for tests and fakes.
    public init(
        type: String, url: String, status: Status, token: String?, issuerDomainNames: [String] = [], error: Problem? = nil
    ) {
        self.type = type
        self.url = url
        self.status = status
        self.token = token
        self.issuerDomainNames = issuerDomainNames
        self.error = error
    }

    /// The type, if it is one that we know.
    public var knownType: ChallengeType? { ChallengeType(rawValue: type) }
}

extension Challenge.Status: RawRepresentable {
    /// Reads the wire form; never fails.
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "pending": .pending
            case "processing": .processing
            case "valid": .valid
            case "invalid": .invalid
            default: .other(rawValue)
            }
    }

    /// The wire form.
    public var rawValue: String {
        switch self {
        case .pending: "pending"
        case .processing: "processing"
        case .valid: "valid"
        case .invalid: "invalid"
        case .other(let word): word
        }
    }
}

extension Challenge: Decodable {
    private enum CodingKeys: String, CodingKey {
        case type, url, status, token, error
        case issuerDomainNames
        /// Before draft-ietf-acme-dns-persist-02.
        case earlierIssuerDomainNames = "issuer-domain-names"
    }

    /// Reads the wire form. One odd challenge, of a type to come for instance, must not spoil those beside it, so only the type has
    /// to be there; ``URLPolicy`` refuses what is missing in a challenge of a type that we know.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        url = (try? container.decode(String.self, forKey: .url)) ?? ""
        status = Status(rawValue: (try? container.decode(String.self, forKey: .status)) ?? "")
        token = try? container.decode(String.self, forKey: .token)
        issuerDomainNames =
            (try? container.decode([String].self, forKey: .issuerDomainNames))
            ?? (try? container.decode([String].self, forKey: .earlierIssuerDomainNames)) ?? []
        error = try? container.decode(Problem.self, forKey: .error)
    }
}
