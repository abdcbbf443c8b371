internal import ACME

/// What kind of failure an attempt ended with: what decides who has to do what. Kept across restarts.
public enum FailureCause: String, Codable, Hashable, Sendable, CaseIterable {
    /// The CA did not answer, or not usefully: the network, or its servers.
    case unreachable
    /// The CA has been asked too often.
    case rateLimited
    /// The CA finds no address for a name, or the DNS of the name does not answer it.
    case nameNotResolved
    /// The CA cannot connect to a host.
    case hostUnreachable
    /// Something else answers the CA at a host.
    case wrongAnswer
    /// CAA records forbid the CA to issue. RFC 8659.
    case caaForbids
    /// The CA would not have found the challenge, so it was not asked to look.
    case selfCheckFailed
    /// The record for dns-01 could not be written, or does not show.
    case dnsRecordFailed
    /// The standing proof for dns-persist-01 is missing.
    case standingProofMissing
    /// None of the ways that the CA offers to prove a name is open here.
    case noSolver
    /// The CA could not verify control of a name, for another reason.
    case authorizationFailed
    /// The CA does not issue for a name.
    case nameRefused
    /// The CA refused the request for another reason.
    case refused
    /// The CA does not know, or does not accept, the account.
    case accountUnusable
    /// The account's key is missing or damaged.
    case accountKeyUnusable
    /// The CA wants an external account binding that the issuer has not, or not rightly. RFC 8555 §7.3.4.
    case externalAccountMissing
    /// A person has to visit a page of the CA's, mostly for new terms of service. RFC 8555 §7.3.3.
    case userActionRequired
    /// The issuer names a profile that the CA does not offer.
    case profileNotOffered
    /// The order came to nothing at the CA.
    case orderFailed
    /// The CA is not finished.
    case stillProcessing
    /// The CA issued something else than was asked for, or answered what it may not.
    case certificateUnsuitable
    /// The key pair with which an issuer signs is missing or cannot sign.
    case signingKeyUnusable
    /// A Secret that an issuer or a solver names is missing, or lacks an entry.
    case secretMissing
    /// Somebody else's object is where certctl keeps something of its own.
    case nameTaken
    /// A certificate was issued without some of its names (`certctl.dev/partial`).
    case namesLeftOut
    /// The store did not take what has to be kept.
    case storageFailed
    /// certctl itself is wrong.
    case ours
    /// Anything else: the words say what.
    case other

    /// Reads one. A cause that a later version knows counts as ``other``, so that the row of failures survives a downgrade.
    public init(from decoder: any Decoder) throws {
        self = FailureCause(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .other
    }

    /// The cause of an ACME operation's end.
    init(_ error: ACMEError) {
        switch error.code {
        case .network, .serverError: self = .unreachable
        case .rateLimited: self = .rateLimited
        case .authorizationFailed: self = FailureCause(of: error.challenge, error.problem)
        case .refused, .invalidRequest: self = FailureCause(refusal: error.problem) ?? .refused
        case .orderFailed: self = FailureCause(validation: error.problem) ?? .orderFailed
        case .accountDoesNotExist, .accountDeactivated: self = .accountUnusable
        case .accountKeyMissing: self = .accountKeyUnusable
        case .externalAccountRequired: self = .externalAccountMissing
        case .userActionRequired: self = .userActionRequired
        case .profileNotOffered: self = .profileNotOffered
        case .noSolvableChallenge: self = .noSolver
        case .challengeNotPresented where error.fault == .configuration: self = .selfCheckFailed
        case .challengeNotPresented: self = error.challenge == .dns01 ? .dnsRecordFailed : .storageFailed
        case .stillProcessing: self = .stillProcessing
        case .certificateRefused, .malformedAnswer: self = .certificateUnsuitable
        case .storage: self = .storageFailed
        case .ours: self = .ours
        case .notOffered, .cancelled: self = .other
        }
    }

    /// Why the CA could not verify control of a name.
    ///
    /// - Parameter challenge: where it looked. A record that is missing in the DNS has the same problem type as a host without an address.
    private init(of challenge: ChallengeType?, _ problem: Problem?) {
        let cause = FailureCause(validation: problem)
        switch (challenge, cause) {
        case (_, .caaForbids?), (_, .nameRefused?), (.http01?, .some), (.tlsALPN01?, .some), (nil, .some):
            self = cause ?? .authorizationFailed
        case (.dns01?, _): self = .dnsRecordFailed
        case (.dnsPersist01?, _): self = .standingProofMissing
        case (.http01?, nil), (.tlsALPN01?, nil), (nil, nil): self = .authorizationFailed
        }
    }

    /// Why it could not, as its problem document says; nil when it does not. RFC 8555 §6.7.
    private init?(validation problem: Problem?) {
        guard let problem else { return nil }
        switch problem.acmeType {
        case "dns": self = .nameNotResolved
        case "connection", "tls": self = .hostUnreachable
        case "unauthorized", "incorrectResponse": self = .wrongAnswer
        default: self.init(refusal: problem, orElse: { FailureCause(validation: $0) })
        }
    }

    /// Why the CA refused a request, likewise.
    private init?(refusal problem: Problem?) {
        guard let problem else { return nil }
        self.init(refusal: problem, orElse: { FailureCause(refusal: $0) })
    }

    private init?(refusal problem: Problem, orElse part: (Problem) -> FailureCause?) {
        switch problem.acmeType {
        case "caa": self = .caaForbids
        case "rejectedIdentifier", "unsupportedIdentifier": self = .nameRefused
        case "externalAccountRequired": self = .externalAccountMissing
        case "accountDoesNotExist": self = .accountUnusable
        default:
            // RFC 8555 §6.7.1: one for each name; the first that says something counts.
            guard let cause = problem.subproblems.lazy.compactMap(part).first else { return nil }
            self = cause
        }
    }
}
