/// The CA's resources. RFC 8555 §7.1.1. Every URL has been checked by ``URLPolicy``.
public struct Directory: Sendable, Hashable, Decodable {
    /// Where nonces come from (HEAD).
    public let newNonce: String
    /// Where accounts are made.
    public let newAccount: String
    /// Where orders are made.
    public let newOrder: String
    /// Where certificates are revoked.
    public let revokeCert: String?
    /// Where an account key is replaced.
    public let keyChange: String?
    /// Where renewal information is read. RFC 9773 §4.1.
    public let renewalInfo: String?
    /// What the CA says about itself.
    public let meta: Meta?

    /// RFC 8555 §9.7.6 and the profiles draft.
    public struct Meta: Sendable, Hashable, Decodable {
        /// The terms that `newAccount` agrees to.
        public let termsOfService: String?
        /// The CA's site.
        public let website: String?
        /// The CA's names in CAA records.
        public let caaIdentities: [String]?
        /// Whether `newAccount` needs an external account binding.
        public let externalAccountRequired: Bool?
        /// Profile name to its description (draft-ietf-acme-profiles).
        public let profiles: [String: String]?
        /// What accounts in dns-persist-01 records begin with, at CAs that hash them (draft-ietf-acme-dns-persist-02).
        public let accountHashPrefix: String?
        /// The CA's names in dns-persist-01 records (draft-ietf-acme-dns-persist-02).
        public let issuerDomainNames: [String]?
    }
}
