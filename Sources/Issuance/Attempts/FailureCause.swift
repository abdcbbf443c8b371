internal import ACME

/// What kind of failure an attempt ended with, as far as somebody decides by it. Kept across restarts.
public enum FailureCause: String, Codable, Hashable, Sendable {
    /// The CA did not answer, or not usefully: the network, or its servers.
    case unreachable
    /// The CA has been asked too often.
    case rateLimited
    /// Anything else: the words say what.
    case other

    init(_ code: ACMEError.Code) {
        switch code {
        case .network, .serverError: self = .unreachable
        case .rateLimited: self = .rateLimited
        case .malformedAnswer, .refused, .accountDoesNotExist, .userActionRequired, .externalAccountRequired, .profileNotOffered,
            .accountKeyMissing, .invalidRequest, .authorizationFailed, .notOffered, .accountDeactivated, .noSolvableChallenge, .orderFailed,
            .stillProcessing, .certificateRefused, .storage, .challengeNotPresented, .cancelled, .ours:
            self = .other
        }
    }
}
