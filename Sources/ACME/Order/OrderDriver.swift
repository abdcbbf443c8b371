public import Core
internal import FoundationEssentials

/// Brings one order to its end: performs what ``OrderMachine`` says and writes down what must survive.
///
/// Holds no state between runs; the journal does. Runs for different certificates may go side by side, runs for one may not.
public struct OrderDriver: Sendable {
    /// One step of a run, for logs. Holds no secret.
    public struct Step: Sendable, CustomStringConvertible {
        /// The state in which the event came.
        public let from: String
        /// What happened.
        public let event: String
        /// The state after it.
        public let to: String
        /// Validations that the CA carried out and that failed, as this step showed: they count against limits of CAs.
        public let failedValidations: [OrderMachine.FailedValidation]

        /// `from --event--> to`.
        public var description: String { "\(from) --\(event)--> \(to)" }
    }

    let client: ACMEClient
    let account: ACMEAccount
    let journal: any OrderJournal
    let responder: any ChallengeResponder
    let time: any TimeSource
    let observe: @Sendable (Step) -> Void
    let admit: Admission

    /// Asked before each `newOrder` with its names and whether it says what it replaces. Throws to hold the order back; the run then stops
    /// and can be resumed.
    public typealias Admission = @Sendable (_ names: [ACMEIdentifier], _ replaces: Bool) async throws(ACMEError) -> Void

    /// A driver for one certificate.
    ///
    /// - Parameter journal: keeps the record of this certificate's order.
    /// - Parameter responder: puts challenges where the CA looks.
    /// - Parameter observe: called after each step, in order.
    /// - Parameter admit: see ``Admission``.
    public init(
        client: ACMEClient, account: ACMEAccount, journal: any OrderJournal, responder: any ChallengeResponder,
        time: any TimeSource = SystemTime(), observe: @escaping @Sendable (Step) -> Void = { _ in },
        admit: @escaping Admission = { (_, _) throws(ACMEError) in }
    ) {
        self.admit = admit
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
