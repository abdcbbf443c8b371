public import FoundationEssentials
public import Issuance

/// Everything that the rules look at.
public struct AlertInput: Sendable {
    /// A certificate that the proxy gives to visitors of a host.
    public struct Served: Hashable, Sendable {
        /// `namespace/name` of the Secret that should be served.
        public var secret: String
        /// The host.
        public var host: String
        /// SHA-256 of the certificate that is served, lower-case hex; nil when it is a placeholder.
        public var fingerprint: String?

        /// Makes one.
        public init(secret: String, host: String, fingerprint: String?) {
            self.secret = secret
            self.host = host
            self.fingerprint = fingerprint
        }
    }

    /// Of every certificate.
    public var certificates: [CertificateFact]
    /// Of every issuer.
    public var issuers: [IssuerFact]
    /// What the proxy serves; nil when this process serves no traffic.
    public var served: [Served]?
    /// The time of these facts.
    public var now: Date

    /// Makes an input.
    public init(certificates: [CertificateFact], issuers: [IssuerFact] = [], served: [Served]? = nil, now: Date) {
        self.certificates = certificates
        self.issuers = issuers
        self.served = served
        self.now = now
    }
}
