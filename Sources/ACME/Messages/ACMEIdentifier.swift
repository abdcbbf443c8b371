public import Core

/// What a certificate is asked for: a DNS name (RFC 8555 §9.7.7) or an IP address (RFC 8738). Checked and canonical; there is no
/// other way to make one.
public struct ACMEIdentifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The registered identifier types that we know.
    public enum Kind: String, Sendable, Codable {
        /// RFC 8555 §9.7.7.
        case dns
        /// RFC 8738 §3.
        case ip
    }

    /// Which of the two it is.
    public let kind: Kind
    /// The value as it goes over the wire: lower-case A-labels, or the canonical text of an address.
    public let value: String

    /// An identifier for a name that is already checked.
    public init(_ name: DNSName) {
        kind = .dns
        value = name.ascii
    }

    /// Reads what a person writes in an Ingress host list: an IP address, or else a DNS name.
    ///
    /// - Throws: ``Core/DNSNameError`` when it is neither.
    public init(parsing text: some StringProtocol) throws(DNSNameError) {
        if let address = IPAddressText.canonical(text) {
            self.init(kind: .ip, value: address)
        } else {
            self.init(try DNSName(parsing: text))
        }
    }

    /// The DNS name, or nil for an address.
    public var dnsName: DNSName? { kind == .dns ? try? DNSName(parsing: value) : nil }

    /// Whether it is a wildcard name, which RFC 8555 §7.1.3 allows in an order and which only dns-01 can prove.
    public var isWildcard: Bool { kind == .dns && value.hasPrefix("*.") }

    /// The name whose control is proved: without the `*.`, as an authorization carries it. RFC 8555 §7.1.4.
    public var withoutWildcard: Self { isWildcard ? Self(kind: kind, value: String(value.dropFirst(2))) : self }

    /// The wildcard over this name, as an order carries it; an address or a wildcard stays as it is.
    public var asWildcard: Self { kind == .dns && !isWildcard ? Self(kind: kind, value: "*." + value) : self }

    /// The value.
    public var description: String { value }

    /// Orders by value.
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    private init(kind: Kind, value: String) {
        self.kind = kind
        self.value = value
    }
}

/// The wire form `{"type":"dns","value":"example.com"}`; decoding checks the value.
extension ACMEIdentifier: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind = "type"
        case value
    }

    /// Reads and checks an identifier.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(Kind.self, forKey: .kind)
        let text = try container.decode(String.self, forKey: .value)
        let parsed = try ACMEIdentifier(parsing: text)
        guard parsed.kind == kind else {
            throw DecodingError.dataCorruptedError(
                forKey: .value, in: container, debugDescription: "not an identifier of type \(kind.rawValue)")
        }
        self = parsed
    }

    /// Writes the wire form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(value, forKey: .value)
    }
}
