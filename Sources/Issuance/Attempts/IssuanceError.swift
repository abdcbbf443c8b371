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

    init(_ fault: Fault, _ message: String, retryAfter: Date? = nil) {
        self.fault = fault
        self.message = message
        self.retryAfter = retryAfter
    }

    init(_ error: ACMEError) {
        let fault: Fault =
            switch error.fault {
            case .certificateAuthority: .certificateAuthority
            case .network: .network
            case .configuration: .configuration
            case .ours: .ours
            }
        self.init(fault, error.description, retryAfter: error.retryAfter)
    }

    var description: String { message }
}
