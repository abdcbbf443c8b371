internal import Core
public import PKI

/// What must survive of an account: above all the key, which is the account.
public struct AccountRecord: Sendable {
    /// The account key, PKCS#8 PEM. Secret.
    public let privateKeyPEM: SecretBytes
    /// The CA that knows ``accountURL``, by its directory; nil before registration.
    public var directoryURL: String?
    /// The account at that CA; nil before registration.
    public var accountURL: String?
    /// The contacts that the CA was told.
    public var contact: [String]

    /// A record from its parts.
    public init(privateKeyPEM: SecretBytes, directoryURL: String? = nil, accountURL: String? = nil, contact: [String] = []) {
        self.privateKeyPEM = privateKeyPEM
        self.directoryURL = directoryURL
        self.accountURL = accountURL
        self.contact = contact
    }
}

/// Keeps one account.
public protocol AccountStore: Sendable {
    /// The record, or nil when there is none. Throws when that cannot be said: nobody may take "unknown" for "none".
    func load() async throws -> AccountRecord?
    /// Keeps a new record unless there is one by now, durably.
    ///
    /// - Returns: the record that is kept: this one, or the one of whoever was first.
    func create(_ record: AccountRecord) async throws -> AccountRecord
    /// Keeps the URL and the contacts of a record; the key is the same as before.
    func update(_ record: AccountRecord) async throws
}
