public import CALimits

/// What `certctl account` asks for.
public struct AccountRequest: Codable, Hashable, Sendable {
    /// `[Kind/]NAME` or `Issuer/NAMESPACE/NAME`; nil means the only ACME issuer there is, or, to show them, all.
    public var issuer: String?
    /// Whether the consequences are known; deactivation wants a yes.
    public var confirmed: Bool?
    /// Names whose dns-persist-01 records are wanted; nil for those of the issuer's certificates.
    public var names: [String]?

    /// Asks about an issuer.
    public init(issuer: String? = nil, confirmed: Bool? = nil, names: [String]? = nil) {
        self.issuer = issuer
        self.confirmed = confirmed
        self.names = names
    }
}

/// The account of one ACME issuer.
public struct AccountReport: Codable, Hashable, Sendable {
    /// Where the account stands.
    public enum State: String, Codable, Hashable, Sendable {
        /// The CA knows it.
        case valid
        /// There is no key yet, or the CA was never told of it; the first certificate changes that.
        case none
        /// It was ended, by us or by its owner. RFC 8555 §7.1.6.
        case deactivated
        /// The CA has ended it.
        case revoked
        /// The CA or the store could not tell; ``AccountReport/problem`` says why.
        case unknown
    }

    /// A TXT record that lets this account prove control of a domain for good. draft-ietf-acme-dns-persist.
    public struct PersistentRecord: Codable, Hashable, Sendable {
        /// The owner name.
        public var name: String
        /// The value.
        public var value: String

        /// Makes a record.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// `Kind/NAME`, with the namespace of an Issuer between.
    public var issuer: String
    /// The ACME directory.
    public var directory: String
    /// Where it stands.
    public var state: State
    /// The account URL. RFC 8555 §7.3.
    public var url: String?
    /// Where the CA reaches the owner, as the CA has it.
    public var contacts: [String] = []
    /// The thumbprint of the account's public key. RFC 7638.
    public var keyThumbprint: String?
    /// The kind of the key.
    public var keyAlgorithm: String?
    /// The Secret that holds the key, as `namespace/name`.
    public var keySecret: String
    /// The CA's terms of service, as its directory names them.
    public var termsOfService: String?
    /// The identifier of the external account binding, where the issuer has one.
    public var externalAccountKeyID: String?
    /// Secrets with an order that is not finished, as `namespace/name`.
    public var pendingOrders: [String] = []
    /// Secrets whose certificates come from this issuer, as `namespace/name`.
    public var certificates: [String] = []
    /// What a zone has to hold for dns-persist-01: of each name that uses it.
    public var persistentRecords: [PersistentRecord] = []
    /// What is spent of the CA's limits by this account, and by all accounts for the registered domains of its certificates.
    public var limits: [BudgetReport.Entry]?
    /// What the CA said when it was asked too often, as far as it still counts for this account or those domains.
    public var refusals: [BudgetReport.Refusal]?
    /// Why something of the above could not be found out.
    public var problem: String?

    /// Makes a report of which only the identity is known.
    public init(issuer: String, directory: String, state: State, keySecret: String) {
        self.issuer = issuer
        self.directory = directory
        self.state = state
        self.keySecret = keySecret
    }
}

/// What `certctl account show` answers.
public struct AccountList: Codable, Hashable, Sendable {
    /// Sorted by issuer.
    public var accounts: [AccountReport]

    /// Makes a list.
    public init(accounts: [AccountReport]) { self.accounts = accounts }
}
