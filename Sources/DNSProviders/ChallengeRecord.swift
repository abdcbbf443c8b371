public import Core
public import DNS
internal import PKI

/// One value of a TXT record set that proves control of a name. RFC 8555 §8.4.
public struct ChallengeRecord: Hashable, Sendable {
    /// Where the value is written: `_acme-challenge.<domain>`, or where CNAMEs lead from there.
    public let name: DomainName
    /// The value: base64url of the SHA-256 of the key authorization, 43 characters.
    public let value: String
    /// The name to be proven, without `*.`.
    public let domain: DNSName
    /// The challenge's token.
    public let token: String
    /// The key authorization. RFC 8555 §8.1.
    public let keyAuthorization: String

    /// Makes a record for a challenge.
    ///
    /// - Parameters:
    ///   - name: where it is to be written.
    ///   - domain: the name to be proven; a wildcard stands for its parent.
    public init(name: DomainName, domain: DNSName, token: String, keyAuthorization: String) {
        self.name = name
        self.domain = ChallengeRecord.base(of: domain)
        self.token = token
        self.keyAuthorization = keyAuthorization
        value = Base64URL.encode(sha256(Array(keyAuthorization.utf8)))
    }

    /// `_acme-challenge.<domain>`, where the CA looks.
    ///
    /// - Throws: when that is longer than a name can be.
    public static func challengeName(of domain: DNSName) throws(DNSProviderError) -> DomainName {
        let text = "_acme-challenge.\(base(of: domain).ascii)"
        do {
            return try DomainName(text)
        } catch {
            throw DNSProviderError(.configuration("\(error)"), "dns-01 for \(domain)")
        }
    }

    private static func base(of domain: DNSName) -> DNSName {
        guard domain.isWildcard, let parent = domain.parent.flatMap({ try? DNSName(parsing: $0) }) else { return domain }
        return parent
    }
}

extension ChallengeRecord: Codable {
    private enum Member: String, CodingKey {
        case name, domain, token, keyAuthorization
    }

    /// Reads what `encode` wrote; the value follows from the key authorization.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        self.init(
            name: try DomainName(try members.decode(String.self, forKey: .name)),
            domain: try DNSName(parsing: try members.decode(String.self, forKey: .domain)),
            token: try members.decode(String.self, forKey: .token),
            keyAuthorization: try members.decode(String.self, forKey: .keyAuthorization))
    }

    /// Writes the name, the domain, the token and the key authorization.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(name.text, forKey: .name)
        try members.encode(domain.ascii, forKey: .domain)
        try members.encode(token, forKey: .token)
        try members.encode(keyAuthorization, forKey: .keyAuthorization)
    }
}
