/// What `certctl revoke` asks for.
public struct RevocationRequest: Codable, Hashable, Sendable {
    /// The Secret that holds the certificate, as `namespace/name`.
    public var secret: String
    /// Why, by the names of RFC 5280 §5.3.1; nil gives no reason.
    public var reason: String?
    /// Whether a new certificate is ordered at once; nil means yes.
    public var replace: Bool?

    /// Asks for it.
    public init(secret: String, reason: String? = nil, replace: Bool? = nil) {
        self.secret = secret
        self.reason = reason
        self.replace = replace
    }
}

/// What a ``RevocationRequest`` did.
public struct RevocationAnswer: Codable, Hashable, Sendable {
    /// Who signed the request. RFC 8555 §7.6.
    public enum Signer: String, Codable, Hashable, Sendable {
        /// The account that ordered the certificate.
        case account
        /// The certificate's own key.
        case certificateKey
    }

    /// The Secret, as `namespace/name`.
    public var secret: String
    /// The serial number of the revoked certificate, lower-case hex.
    public var serialNumber: String
    /// The ACME directory of the CA that revoked it.
    public var directory: String
    /// Who signed the request; nil when the CA had revoked it before.
    public var signedBy: Signer?
    /// Whether the CA had revoked it before.
    public var wasRevokedBefore: Bool
    /// What was known when its replacement began; nil when none did.
    public var replacing: CertificateFact?
    /// Why no replacement began although one was asked for.
    public var replacementFailure: OperationFailure?
}
