public import FoundationEssentials

/// Why an ACME operation did not succeed. The one error of this module.
///
/// ``fault`` picks the log level and whom to tell; ``retryAfter`` is the earliest time at which trying again makes sense, if the
/// CA named one. Nothing in it is secret: no key, no key authorization.
public struct ACMEError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// No answer, or a cut one: the request may or may not have taken effect.
        case network
        /// The CA answered something that RFC 8555 does not allow, that is too large, or that is no JSON.
        case malformedAnswer
        /// The CA answered 5xx, also after retries.
        case serverError
        /// The CA answered 429 or `rateLimited`; see ``ACMEError/retryAfter``.
        case rateLimited
        /// The CA refused the request; ``ACMEError/problem`` says why.
        case refused
        /// The CA knows no account for our key or URL.
        case accountDoesNotExist
        /// A person has to visit the page in the problem's `instance` first. RFC 8555 §7.3.3.
        case userActionRequired
        /// The CA wants an external account binding and the issuer has none. RFC 8555 §7.3.4.
        case externalAccountRequired
        /// The issuer names a profile that the CA does not offer.
        case profileNotOffered
        /// The account key is missing and the issuer forbids making one.
        case accountKeyMissing
        /// The request cannot be made: no names, too many names, an unusable URL or key.
        case invalidRequest
        /// The CA could not verify that we control ``ACMEError/identifier``.
        case authorizationFailed
        /// The CA does not have this service: no renewalInfo, revokeCert or keyChange in its directory.
        case notOffered
        /// The account was deactivated, by us or by the CA. RFC 8555 §7.3.6.
        case accountDeactivated
        /// None of the challenges that the CA offers can be met here.
        case noSolvableChallenge
        /// The order became invalid, or vanished again and again.
        case orderFailed
        /// The CA is not finished; the order is kept and a later run goes on with it.
        case stillProcessing
        /// The CA issued something that is not what was ordered; it is not handed out.
        case certificateRefused
        /// Our own storage did not take a record that the next step depends on; the step was not made.
        case storage
        /// The challenge could not be put where the CA looks.
        case challengeNotPresented
        /// The task was cancelled; the order is kept.
        case cancelled
        /// A bug of ours.
        case ours
    }

    /// Who has to act.
    public enum Fault: String, Sendable, Hashable {
        /// The CA.
        case certificateAuthority
        /// Whatever lies between the CA and us.
        case network
        /// The operator: an issuer, a name, DNS, a firewall.
        case configuration
        /// This program or its storage.
        case ours
    }

    /// What kind of failure it is.
    public let code: Code
    /// Who has to act.
    public let fault: Fault
    /// What it was about, something that an operator can look up: `newOrder at https://…`, `authorization of a.example`.
    public let subject: String
    /// What happened, lower case, without the CA's words.
    public let reason: String
    /// The HTTP status of the answer, if there was one.
    public let status: Int?
    /// The earliest time for another try, if the CA named one.
    public let retryAfter: Date?
    /// The CA's words, whole.
    public let problem: Problem?
    /// The name at fault, if it is known.
    public let identifier: ACMEIdentifier?
    /// The way of proving control that did not work, if it is about one.
    public let challenge: ChallengeType?

    /// An error from its parts.
    public init(
        _ code: Code, fault: Fault, subject: String, reason: String, status: Int? = nil, retryAfter: Date? = nil,
        problem: Problem? = nil, identifier: ACMEIdentifier? = nil, challenge: ChallengeType? = nil
    ) {
        self.code = code
        self.fault = fault
        self.subject = subject
        self.reason = reason
        self.status = status
        self.retryAfter = retryAfter
        self.problem = problem
        self.identifier = identifier
        self.challenge = challenge
    }

    /// Whether another CA may do better: this one is away, overloaded, rate-limits us, or answers nonsense. False for what is wrong on our
    /// side: a refused name, a challenge that nobody answers, a missing binding, storage.
    public var isCAFault: Bool { fault == .certificateAuthority || fault == .network }

    /// One line for an operator, the CA's words at the end.
    public var description: String {
        var line = Problem.printable(subject) + ": " + Problem.printable(reason)
        if let problem { line += ": " + problem.description }
        return line
    }

    /// The same error without a secret that the CA quoted.
    func redacting(_ secret: String) -> ACMEError {
        ACMEError(
            code, fault: fault, subject: subject, reason: reason.replacing(secret, with: "[redacted]"), status: status,
            retryAfter: retryAfter, problem: problem?.redacting(secret), identifier: identifier, challenge: challenge)
    }

    /// The same error with other words of ours.
    func with(reason: String) -> ACMEError {
        ACMEError(
            code, fault: fault, subject: subject, reason: reason, status: status, retryAfter: retryAfter, problem: problem,
            identifier: identifier, challenge: challenge)
    }

    /// The same error with the one name of these that the CA's words are about, if it is one. RFC 8555 §6.7.1.
    func blaming(_ identifiers: [ACMEIdentifier]) -> ACMEError {
        guard identifier == nil, let atFault = problem?.identifiersAtFault(among: identifiers), atFault.count == 1 else { return self }
        return ACMEError(
            code, fault: fault, subject: subject, reason: reason, status: status, retryAfter: retryAfter, problem: problem,
            identifier: atFault.first?.key, challenge: challenge)
    }

    static func malformed(_ subject: String, _ reason: String, status: Int? = nil) -> ACMEError {
        ACMEError(.malformedAnswer, fault: .certificateAuthority, subject: subject, reason: reason, status: status)
    }

    static func notOffered(_ subject: String, _ service: String) -> ACMEError {
        ACMEError(.notOffered, fault: .configuration, subject: subject, reason: "the CA's directory has no \(service)")
    }

    static func cancelled(_ subject: String) -> ACMEError {
        ACMEError(.cancelled, fault: .ours, subject: subject, reason: "cancelled")
    }
}
