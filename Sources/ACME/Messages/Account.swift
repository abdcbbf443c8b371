public import PKI

/// An account that exists at a CA: what signs every request after `newAccount`. RFC 8555 §6.2.
public struct ACMEAccount: Sendable {
    /// The account's URL, which is the `kid` of each request.
    public let url: String
    /// The account key.
    public let key: PrivateKey

    /// An account by its URL and key.
    public init(url: String, key: PrivateKey) {
        self.url = url
        self.key = key
    }
}

/// The account as the CA describes it. RFC 8555 §7.1.2.
public struct AccountObject: Sendable, Hashable, Decodable {
    /// `valid`, `deactivated` or `revoked`.
    public let status: String
    /// Where the CA reaches the owner, such as `mailto:ops@example.com`. Some CAs keep none and leave it out.
    public let contact: [String]?
}

/// The proof that an account belongs to a customer of the CA. RFC 8555 §7.3.4.
public struct ExternalAccountBinding: Sendable, CustomStringConvertible {
    /// The CA's identifier of its customer.
    public let keyID: String
    /// The MAC key, decoded.
    public let macKey: SecretBytes

    /// A binding from the two values that the CA hands out.
    public init(keyID: String, macKey: SecretBytes) {
        self.keyID = keyID
        self.macKey = macKey
    }

    /// The identifier alone.
    public var description: String { "external account \(keyID)" }
}
