public import FoundationEssentials

/// What an authority says about a certificate.
public enum RevocationStatus: Hashable, Sendable {
    /// It is not revoked.
    case good
    /// It is, since then. `certificateHold` counts as well: nobody trusts the certificate meanwhile.
    case revoked(at: Date, reason: RevocationReason?)
    /// The authority does not know it. OCSP only, RFC 6960 §2.2.
    case unknown
}

/// Why a certificate was revoked. RFC 5280 §5.3.1.
public enum RevocationReason: Int, Hashable, Sendable, Codable, CaseIterable {
    /// No reason in particular.
    case unspecified = 0
    /// Somebody else may have the key.
    case keyCompromise = 1
    /// Somebody else may have the CA's key.
    case cACompromise = 2
    /// The names in it are not right any more.
    case affiliationChanged = 3
    /// It was replaced.
    case superseded = 4
    /// It is not needed any more.
    case cessationOfOperation = 5
    /// It is suspended.
    case certificateHold = 6
    /// It is suspended no longer; in delta lists only.
    case removeFromCRL = 8
    /// Something that it allows was withdrawn.
    case privilegeWithdrawn = 9
    /// Somebody else may have the key of an attribute authority.
    case aACompromise = 10
}

/// A status that was proven by a signature, and the time for which it was given.
public struct RevocationEvidence: Hashable, Sendable {
    /// What was said.
    public let status: RevocationStatus
    /// Since when it is known to be so.
    public let thisUpdate: Date
    /// When there will be something newer; nil when the authority does not say.
    public let nextUpdate: Date?
}
