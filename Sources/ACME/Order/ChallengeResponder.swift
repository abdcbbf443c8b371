/// A challenge in the form in which the CA will look for it.
public struct PresentedChallenge: Sendable, Hashable, CustomStringConvertible {
    /// Where the CA looks.
    public let type: ChallengeType
    /// The name that is to be proved, without `*.`.
    public let identifier: ACMEIdentifier
    /// The last part of the path for http-01. RFC 8555 §8.3. Base64url, so it is safe in a path and in an object's key.
    public let token: String
    /// What the CA must find. RFC 8555 §8.1. Not for logs.
    public let keyAuthorization: String

    /// A challenge from its parts.
    public init(type: ChallengeType, identifier: ACMEIdentifier, token: String, keyAuthorization: String) {
        self.type = type
        self.identifier = identifier
        self.token = token
        self.keyAuthorization = keyAuthorization
    }

    /// Without the key authorization.
    public var description: String { "\(type.rawValue) for \(identifier)" }
}

/// Puts challenges where the CA looks for them.
public protocol ChallengeResponder: Sendable {
    /// When this returns, every place that the CA may ask answers the challenge. May be called again for the same one.
    func present(_ challenge: PresentedChallenge) async throws
    /// Takes a challenge back; also one that was never presented. After a crash the challenges of the lost run are not taken back
    /// by the next one if the CA no longer asks for them: the owner drops those of orders that no longer exist.
    func remove(_ challenge: PresentedChallenge) async
}
