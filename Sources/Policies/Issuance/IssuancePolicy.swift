/// Who may have which certificate: an `IssuancePolicy` document, in the spirit of approver-policy's CertificateRequestPolicy.
///
/// ``denials`` and ``allowed`` speak about the certificates that ``selector`` selects, each for itself: see ``IssuancePolicySet``.
public struct IssuancePolicy: Hashable, Sendable {
    /// Which certificates a policy is about: all of what is given has to fit.
    public struct Selector: Hashable, Sendable {
        /// An issuer by kind and name.
        public struct IssuerPattern: Hashable, Sendable, CustomStringConvertible {
            /// `Issuer` or `ClusterIssuer`; nil for either.
            public var kind: String?
            /// Its name; nil for any.
            public var name: TextPattern?

            /// Whether an issuer is meant.
            public func matches(_ issuer: CertificateIntent.Issuer) -> Bool {
                (kind ?? issuer.kind) == issuer.kind && (name?.matches(issuer.name) ?? true)
            }

            /// `Kind/NAME`, `*` for what is open.
            public var description: String { "\(kind ?? "*")/\(name?.description ?? "*")" }
        }

        /// One of them; nil for any.
        public var namespaces: [TextPattern]?
        /// The labels of the namespace; nil for any.
        public var namespaceLabels: LabelSelector?
        /// One of them; nil for any.
        public var issuers: [IssuerPattern]?

        /// Selects everything.
        public init() {}
    }

    /// What a certificate may have. Names are refused unless they are listed; everything else is free unless it is limited.
    public struct Allowed: Hashable, Sendable {
        /// A sort of keys and its sizes in bits.
        public struct KeyRange: Hashable, Sendable, CustomStringConvertible {
            /// The sort.
            public var algorithm: CertificateIntent.Key.Algorithm
            /// The sizes.
            public var bits: ClosedRange<Int>

            /// Whether a key is one of them.
            public func contains(_ key: CertificateIntent.Key) -> Bool { key.algorithm == algorithm && bits.contains(key.bits) }

            /// `RSA 2048...4096`.
            public var description: String {
                switch (bits.lowerBound, bits.upperBound) {
                case (0, .max): algorithm.rawValue
                case (let least, .max): "\(algorithm.rawValue) from \(least)"
                case (0, let most): "\(algorithm.rawValue) up to \(most)"
                case (let least, let most): least == most ? "\(algorithm.rawValue) \(least)" : "\(algorithm.rawValue) \(least)...\(most)"
                }
            }
        }

        /// Names; each DNS name has to be in one of them.
        public var dnsNames: [DNSNamePattern] = []
        /// Addresses; each has to be in one of them.
        public var ipAddresses: [AddressRange] = []
        /// Whether there may be wildcard names. One also has to be in ``dnsNames`` with all that it stands for.
        public var wildcards = false
        /// Common names that are no name of the certificate.
        public var commonNames: [TextPattern] = []
        /// Keys; nil for any.
        public var privateKeys: [KeyRange]?
        /// Shortest lifetime to ask for.
        public var lifetimeMin: Duration?
        /// Longest.
        public var lifetimeMax: Duration?
        /// Profiles of the CA, the empty text for none; nil for any.
        public var profiles: [String]?
        /// Most names and addresses together.
        public var namesMax: Int?

        /// Allows no name.
        public init() {}
    }

    /// What no certificate may have.
    public struct Denial: Hashable, Sendable {
        /// Names that no certificate may have, nor a wildcard that stands for one of them.
        public var dnsNames: [DNSNamePattern] = []
        /// Addresses that none may have.
        public var ipAddresses: [AddressRange] = []
        /// Whether that goes for every wildcard name.
        public var wildcards = false
        /// Why, for those who asked.
        public var reason: String

        /// Denies nothing.
        public init(reason: String) { self.reason = reason }
    }

    /// `metadata.name`.
    public var name: String
    /// Where it stands: `FILE:LINE`.
    public var source: String
    /// Which certificates it is about.
    public var selector: Selector
    /// What they may have; nil when it allows nothing and asks for no permission.
    public var allowed: Allowed?
    /// What they may not have, whatever any policy allows.
    public var denials: [Denial]
    /// Whether a certificate that no policy speaks about is refused. One policy that says so is enough.
    public var deniesByDefault: Bool

    /// Makes a policy that says nothing.
    public init(
        name: String, source: String = "", selector: Selector = Selector(), allowed: Allowed? = nil, denials: [Denial] = [],
        deniesByDefault: Bool = false
    ) {
        self.name = name
        self.source = source
        self.selector = selector
        self.allowed = allowed
        self.denials = denials
        self.deniesByDefault = deniesByDefault
    }
}
