internal import PKI

/// A challenge in the form in which the CA will look for it.
public struct PresentedChallenge: Sendable, Hashable, CustomStringConvertible {
    /// Where the CA looks.
    public let type: ChallengeType
    /// The name that is to be proved, without `*.`.
    public let identifier: ACMEIdentifier
    /// Whether it is to be proved for the wildcard over ``identifier``.
    public let isWildcard: Bool
    /// The last part of the path for http-01. RFC 8555 §8.3. Base64url, so it is safe in a path and in an object's key. Empty for
    /// dns-persist-01.
    public let token: String
    /// What the CA must find. RFC 8555 §8.1. Not for logs. Empty for dns-persist-01.
    public let keyAuthorization: String
    /// The account that the proof is for: a dns-persist-01 record names it.
    public let accountURL: String
    /// The names of the CA of which a dns-persist-01 record has to carry one.
    public let issuerDomainNames: [String]

    /// A challenge from its parts.
    public init(
        type: ChallengeType, identifier: ACMEIdentifier, isWildcard: Bool = false, token: String, keyAuthorization: String,
        accountURL: String = "", issuerDomainNames: [String] = []
    ) {
        self.type = type
        self.identifier = identifier
        self.isWildcard = isWildcard
        self.token = token
        self.keyAuthorization = keyAuthorization
        self.accountURL = accountURL
        self.issuerDomainNames = issuerDomainNames
    }

    /// SHA-256 of the key authorization: the content of the acmeIdentifier extension for tls-alpn-01 (RFC 8737 §3).
    public var keyAuthorizationDigest: [UInt8] { sha256(Array(keyAuthorization.utf8)) }

    /// The value of the TXT record at `_acme-challenge` for dns-01. RFC 8555 §8.4.
    public var dns01Value: String { Base64URL.encode(keyAuthorizationDigest) }

    /// The name as the order has it.
    var orderedName: String { (isWildcard ? identifier.asWildcard : identifier).value }

    /// Without the key authorization.
    public var description: String { "\(type.rawValue) for \(isWildcard ? identifier.asWildcard : identifier)" }
}

/// A responder's word that one way of proving control is closed here, as a self-check found: the CA is not asked to look, and another
/// way is taken where the request has one.
public struct ChallengeUnavailable: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why, lower case, for an operator.
    public let reason: String

    /// A refusal with its reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}

/// Puts challenges where the CA looks for them.
public protocol ChallengeResponder: Sendable {
    /// When this returns, every place that the CA may ask answers the challenge. May be called again for the same one.
    ///
    /// - Throws: ``ChallengeUnavailable`` when another type should be tried; anything else stops the run, which a later one resumes.
    func present(_ challenge: PresentedChallenge) async throws
    /// Takes a challenge back; also one that was never presented. After a crash the challenges of the lost run are not taken back
    /// by the next one if the CA no longer asks for them: the owner drops those of orders that no longer exist.
    func remove(_ challenge: PresentedChallenge) async
}
