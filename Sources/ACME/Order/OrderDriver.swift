public import Core
internal import FoundationEssentials

/// Brings one order to its end: performs what ``OrderMachine`` says and writes down what must survive.
///
/// Holds no state between runs; the journal does. Runs for different certificates may go side by side, runs for one may not.
public struct OrderDriver: Sendable {
    /// One step of a run, for logs, traces and people who wait. Holds no secret.
    public struct Step: Sendable, CustomStringConvertible {
        /// What a step is a part of.
        public enum Work: Sendable, Hashable {
            /// The order itself, until it is ready. RFC 8555 §7.4.
            case order
            /// The authorization of a name. §7.5.
            case authorization(name: String)
            /// Putting a challenge where the CA will look. §8.
            case challenge(name: String, type: String)
            /// Asking for the certificate, and waiting for it. §7.4.
            case finalize
            /// Fetching it. §7.4.2.
            case download
        }

        /// What it is a part of.
        public let work: Work
        /// The state in which the event came.
        public let from: String
        /// What happened.
        public let event: String
        /// The state after it.
        public let to: String
        /// What that means for the order, in the order in which it came; mostly nothing.
        public let milestones: [OrderMilestone]
        /// Why it did not work, in the CA's words; nil when it did.
        public let failure: String?

        /// `from --event--> to`.
        public var description: String { "\(from) --\(event)--> \(to)" }
    }

    let client: ACMEClient
    let account: ACMEAccount
    let journal: any OrderJournal
    let responder: any ChallengeResponder
    let time: any TimeSource
    let observe: @Sendable (Step) -> Void

    /// A driver for one certificate.
    ///
    /// - Parameter journal: keeps the record of this certificate's order.
    /// - Parameter responder: puts challenges where the CA looks.
    /// - Parameter observe: called after each step, in order.
    public init(
        client: ACMEClient, account: ACMEAccount, journal: any OrderJournal, responder: any ChallengeResponder,
        time: any TimeSource = SystemTime(), observe: @escaping @Sendable (Step) -> Void = { _ in }
    ) {
        self.client = client
        self.account = account
        self.journal = journal
        self.responder = responder
        self.time = time
        self.observe = observe
    }

    /// Gets a certificate, or goes on getting it.
    ///
    /// After a success the caller stores certificate and key and then deletes the record. After an error it keeps the record and
    /// passes it to the next run, no matter why the run failed: what cannot be resumed is replaced, and the key is used again.
    /// - Parameter record: the last record that the journal took for this certificate, or nil.
    /// - Throws: ``ACMEError``. With a ``ACMEError/retryAfter`` there is no point in trying earlier.
    public func run(_ request: OrderRequest, resuming record: OrderRecord?) async throws(ACMEError) -> IssuedCertificate {
        try request.check()
        var run = OrderRun(driver: self, request: request, record: record)
        return try await run.finish()
    }
}
