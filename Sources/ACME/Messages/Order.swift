public import FoundationEssentials

/// An order as the CA describes it. RFC 8555 §7.1.3.
public struct Order: Sendable, Hashable {
    /// RFC 8555 §7.1.6.
    public enum Status: Sendable, Hashable {
        /// Authorizations are missing.
        case pending
        /// All authorizations are valid; the CSR is awaited.
        case ready
        /// The certificate is being made.
        case processing
        /// The certificate can be downloaded.
        case valid
        /// It failed and cannot be revived.
        case invalid
        /// A word that RFC 8555 does not know.
        case other(String)
    }

    /// Where the order stands.
    public let status: Status
    /// When a pending or ready order lapses.
    public let expires: Date?
    /// What the certificate is for.
    public let identifiers: [ACMEIdentifier]
    /// The URLs of the authorizations.
    public let authorizations: [String]
    /// Where the CSR goes.
    public let finalize: String
    /// Where the certificate is, once the order is valid.
    public let certificate: String?
    /// Why the order failed.
    public let error: Problem?

    /// An order from its parts, for tests and fakes.
    public init(
        status: Status, expires: Date? = nil, identifiers: [ACMEIdentifier], authorizations: [String], finalize: String,
        certificate: String? = nil, error: Problem? = nil
    ) {
        self.status = status
        self.expires = expires
        self.identifiers = identifiers
        self.authorizations = authorizations
        self.finalize = finalize
        self.certificate = certificate
        self.error = error
    }
}

extension Order.Status: RawRepresentable {
    /// Reads the wire form; never fails.
    public init(rawValue: String) {
        self =
            switch rawValue {
            case "pending": .pending
            case "ready": .ready
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
        case .ready: "ready"
        case .processing: "processing"
        case .valid: "valid"
        case .invalid: "invalid"
        case .other(let word): word
        }
    }
}

extension Order: Decodable {
    private enum CodingKeys: String, CodingKey {
        case status, expires, identifiers, authorizations, finalize, certificate, error
    }

    /// Reads the wire form. An unreadable `expires` counts as absent: it is advice, not worth an order.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        status = Status(rawValue: try container.decode(String.self, forKey: .status))
        expires = try? container.decodeIfPresent(String.self, forKey: .expires).flatMap(Timestamp.rfc3339)
        identifiers = try container.decode([ACMEIdentifier].self, forKey: .identifiers)
        authorizations = try container.decode([String].self, forKey: .authorizations)
        finalize = try container.decode(String.self, forKey: .finalize)
        certificate = try container.decodeIfPresent(String.self, forKey: .certificate)
        error = try? container.decode(Problem.self, forKey: .error)
    }
}
