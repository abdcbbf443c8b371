internal import ACME
internal import FoundationEssentials

/// Why one attempt to issue a certificate ended without one.
struct IssuanceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who has to act; picks the log level.
    enum Fault: String, Hashable, Sendable {
        /// The CA.
        case certificateAuthority
        /// Whatever lies between the CA and us.
        case network
        /// The operator.
        case configuration
        /// This program or its store.
        case ours
    }

    /// Who has to act.
    let fault: Fault
    /// One sentence, in the CA's words where it had any.
    let message: String
    /// The earliest time for another try, if anybody named one.
    let retryAfter: Date?
    /// Whether another CA may do what this one did not.
    let isCAFault: Bool
    /// Whether nothing failed: the limits of the CA hold the order back until ``retryAfter``, and it was not sent.
    let isPostponed: Bool
    /// What kind of failure it is, for the record.
    let cause: FailureCause
    /// The one name that it is about; nil for all, and when that is not known.
    let name: String?
    /// What to do about it, where that is known better than by ``cause``: it names the object.
    let advice: String?

    init(
        _ fault: Fault, _ message: String, retryAfter: Date? = nil, isCAFault: Bool = false, isPostponed: Bool = false,
        cause: FailureCause = .other, name: String? = nil, advice: String? = nil
    ) {
        self.fault = fault
        self.message = message
        self.retryAfter = retryAfter
        self.isCAFault = isCAFault
        self.isPostponed = isPostponed
        self.cause = cause
        self.name = name
        self.advice = advice
    }

    /// What became of all issuers that were asked, the first of which decides who has to act. Nobody is asked before all may be.
    init(all failed: [(name: IssuerName, error: IssuanceError)]) {
        guard let first = failed.first?.error, failed.count > 1 else {
            self = failed.first?.error ?? IssuanceError(.ours, "no issuer was asked")
            return
        }
        let words = failed.map { "\($0.name): \($0.error.message)" }.joined(separator: "; ")
        self.init(
            first.fault, words, retryAfter: failed.compactMap(\.error.retryAfter).max(), isCAFault: failed.allSatisfy(\.error.isCAFault),
            cause: first.cause, name: first.name, advice: first.advice)
    }

    /// - Parameter known: what kept a challenge from being put in place, where that was ours to know.
    init(_ error: ACMEError, because known: IssuanceError? = nil) {
        let fault: Fault =
            switch error.fault {
            case .certificateAuthority: .certificateAuthority
            case .network: .network
            case .configuration: .configuration
            case .ours: .ours
            }
        // Only ``BudgetedJournal`` cancels until a moment.
        let isPostponed = error.code == .cancelled && error.retryAfter != nil
        self.init(
            fault, isPostponed ? error.reason : error.description, retryAfter: error.retryAfter,
            isCAFault: error.isCAFault && !isPostponed, isPostponed: isPostponed,
            cause: known?.cause ?? FailureCause(error), name: error.identifier?.value, advice: known?.advice)
    }

    var description: String { message }
}
