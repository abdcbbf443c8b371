internal import Core
public import PKI

/// What must survive of an account: above all the key, which is the account.
public struct AccountRecord: Sendable {
    /// The account key, PKCS#8 PEM. Secret.
    public var privateKeyPEM: SecretBytes
    /// The key that takes its place, from before the CA hears of it until the CA has confirmed it. Secret. Until then either may be the
    /// one in force.
    public var nextPrivateKeyPEM: SecretBytes?
    /// The CA that knows ``accountURL``, by its directory; nil before registration.
    public var directoryURL: String?
    /// The account at that CA; nil before registration.
    public var accountURL: String?
    /// The contacts that the CA was told.
    public var contact: [String]
    /// Whether the account was ended for good, so that it is neither used nor made again with this key.
    public var isDeactivated = false

    /// A record from its parts.
    public init(
        privateKeyPEM: SecretBytes, nextPrivateKeyPEM: SecretBytes? = nil, directoryURL: String? = nil, accountURL: String? = nil,
        contact: [String] = []
    ) {
        self.privateKeyPEM = privateKeyPEM
        self.nextPrivateKeyPEM = nextPrivateKeyPEM
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
    /// Keeps the URL, the contacts and the deactivation of a record; the keys are the same as before.
    func update(_ record: AccountRecord) async throws
    /// Keeps a record whose keys are others than before, durably, in place of the one with the old key. Throws, and changes nothing,
    /// when that key is no longer the stored one, or when the storage is somebody else's.
    func replaceKeys(_ record: AccountRecord, of oldKeyPEM: SecretBytes) async throws
}
