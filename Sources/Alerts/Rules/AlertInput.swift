public import FoundationEssentials
public import Issuance

/// Everything that the rules look at.
public struct AlertInput: Sendable {
    /// Of every certificate.
    public var certificates: [CertificateFact]
    /// Of every issuer.
    public var issuers: [IssuerFact]
    /// The time of these facts.
    public var now: Date

    /// Makes an input.
    public init(certificates: [CertificateFact], issuers: [IssuerFact] = [], now: Date) {
        self.certificates = certificates
        self.issuers = issuers
        self.now = now
    }
}
