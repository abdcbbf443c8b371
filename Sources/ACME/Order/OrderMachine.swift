internal import Core
public import FoundationEssentials

/// An order as the client sees it: pure, from one crash to the next. RFC 8555 §7.1.6 and §7.4.
///
/// The driver performs each action and feeds the outcome back. Time comes in as a value. Nothing that the CA answers can trap it
/// or keep it going for ever: waits without progress and new orders are counted.
///
///     preparing -> ordering -> recording -> inspecting <-> presenting -> responding
///                     ^            |            |                             |
///                     |(gone)      |            v                             v
///     resume -> reading <----------+-------- reading <------------------- validating
///                  |
///                  +-> finalizing -> reading ... -> downloading -> issued
///
/// A failed validation leads back to `ordering` where there is another way to prove control, or where the name may be left out.
///
/// Every state can also end in `stopped` (the order lives on, a later run resumes it) or, through `clearing`, in `failed` (the
/// next run starts a new order with the same key).
public struct OrderMachine: Sendable, Equatable {
    /// Where the order stands.
    public enum State: Sendable, Equatable {
        /// The key is being made and written down. The CA knows nothing.
        case preparing
        /// `newOrder` is on its way.
        case ordering(replaces: Bool)
        /// The order exists; its URL is being written down.
        case recording(Order, retryAfter: Duration?)
        /// The order is being read again.
        case reading(Reading)
        /// An authorization is being looked at for the first time.
        case inspecting(String, Authorizing)
        /// A challenge is being put where the CA will look.
        case presenting(Authorization, Challenge, at: String, Authorizing)
        /// The CA is being told to look.
        case responding(Challenge, at: String, Authorizing)
        /// All challenges are answered; the authorizations are being polled.
        case validating(Authorizing)
        /// The CSR is on its way.
        case finalizing
        /// The certificate is being downloaded.
        case downloading
        /// The order failed; that there is none any more is being written down.
        case clearing(ACMEError)
        /// The certificate is checked and handed over.
        case issued
        /// The order failed and is forgotten.
        case failed(ACMEError)
        /// This run ends; the order lives on.
        case stopped(ACMEError)
    }

    /// Why an order is read again.
    public enum Reading: Sendable, Equatable {
        /// A record was found: anything may have happened since.
        case resumed
        /// All authorizations are valid, so it should be ready.
        case authorized
        /// A request to finalize had no clear outcome.
        case unclear
        /// The certificate is being made.
        case processing
    }

    /// The authorizations that are still to be dealt with.
    public struct Authorizing: Sendable, Equatable {
        /// Not looked at yet.
        public internal(set) var unseen: [String]
        /// Answered; the first one is polled.
        public internal(set) var waiting: [Waiting] = []
    }

    /// An authorization whose challenge was presented.
    public struct Waiting: Sendable, Equatable {
        /// Its URL.
        public let url: String
        /// Whether the CA acknowledged the answer to the challenge. If not, the answer is given again.
        public let isAcknowledged: Bool
    }

    /// A name that the order cannot be finished with.
    struct Failure: Sendable, Equatable {
        let identifier: ACMEIdentifier
        let error: ACMEError
        /// Whether another way is open, so that the next order has the name again.
        let isRetried: Bool
    }

    /// A way that did not work for a name in this run.
    struct SpentType: Sendable, Equatable {
        let type: ChallengeType
        /// Nil when it was not tried, since another way failed for a reason that they share.
        let why: String?
    }

    /// The way that a challenge was answered in, and those that the CA had offered.
    struct Answer: Sendable, Equatable {
        let type: ChallengeType
        let offered: [ChallengeType]
    }

    /// What came of the last action.
    public enum Event: Sendable, Equatable {
        /// The key and the record are durable.
        case prepared
        /// The CA sent the order.
        case order(Order, retryAfter: Duration?)
        /// The CA sent an authorization.
        case authorization(Authorization, retryAfter: Duration?)
        /// The journal took the record.
        case recorded
        /// The challenge is in place.
        case presented
        /// The CA took the answer to the challenge.
        case responded
        /// The certificate is what was ordered.
        case certificateAccepted
        /// The challenge cannot be met here, as the responder found out: the CA is not asked to look.
        case unavailable(ACMEError)
        /// The CA does not like the `replaces` of the order.
        case replacesRefused
        /// The CA no longer knows the order, or a part of it.
        case gone(ACMEError)
        /// It is unknown whether the request took effect, or the CA says that it came too late or too early.
        case unclear(ACMEError)
        /// The CA refused for good, or the certificate is not what was ordered.
        case refused(ACMEError)
        /// Something passing went wrong: network, CA down, rate limit, journal, cancelled.
        case interrupted(ACMEError)
    }

    /// What the driver has to do next.
    public enum Action: Sendable, Equatable {
        /// Make the key and write the record, durably.
        case prepare
        /// Send `newOrder` for these names.
        case createOrder([ACMEIdentifier], replaces: Bool)
        /// Write down the URL of the order.
        case recordOrder
        /// Read the order after a wait.
        case readOrder(after: Duration)
        /// Read an authorization after a wait.
        case readAuthorization(String, after: Duration)
        /// Put a challenge in place.
        case present(Authorization, Challenge)
        /// Tell the CA to look.
        case respond(Challenge)
        /// Send the CSR.
        case finalize(Order)
        /// Download the certificate and check it.
        case download(String)
        /// Write down that there is no order any more.
        case clearOrder
        /// Hand the certificate over.
        case deliver
        /// End the run with this error.
        case stop(ACMEError)
    }

    /// Where the order stands.
    public internal(set) var state: State
    /// What is wanted.
    let request: OrderRequest
    /// Names for messages.
    let subject: String
    /// Names that go without a certificate, sorted.
    public internal(set) var leftOut: [LeftOutName]
    /// Names that spoil the present order.
    var failures: [Failure] = []
    /// Ways that failed in this run, by name: each is tried once.
    var spent: [ACMEIdentifier: [SpentType]] = [:]
    /// How each name was answered last.
    var answers: [ACMEIdentifier: Answer] = [:]
    /// Whether the CA refused `replaces` in this run.
    var isReplacesRefused = false
    /// New orders of this run because names failed.
    var reordersDone = 0
    /// When the order was made, for CAs that send no `expires`.
    var orderedAt: Date?
    /// Waits since the last progress.
    var pollsDone = 0
    /// `newOrder` requests of this run.
    var ordersBegun = 0
    /// CSRs sent in this run.
    var finalizesDone = 0
    /// What the CA said when it did not take the CSR, for an order that becomes invalid without a word.
    var finalizeProblem: Problem?
    /// Downloads in this run.
    var downloadsDone = 0
    /// Events of this run.
    var eventsDone = 0

    /// A machine before its first step.
    ///
    /// - Parameter start: where to begin, see ``Start``.
    /// - Parameter leftOut: the names that the order of a record does without.
    public init(start: Start, request: OrderRequest, leftOut: [LeftOutName] = []) {
        self.request = request
        self.leftOut = leftOut
        subject = "order for \(request.namesShown)"
        switch start {
        case .anew: state = .preparing
        case .withKey: state = .ordering(replaces: request.replaces != nil)
        case .resuming(let orderedAt):
            state = .reading(.resumed)
            self.orderedAt = orderedAt
        }
    }

    /// What the journal knows at the start of a run.
    public enum Start: Sendable, Equatable {
        /// Nothing that is of use.
        case anew
        /// A key, but no order.
        case withKey
        /// An order.
        case resuming(orderedAt: Date?)
    }

    /// The names that the order is for: those of the request but for ``leftOut``.
    public var identifiers: [ACMEIdentifier] {
        let without = Set(leftOut.map(\.identifier))
        return request.identifiers.filter { !without.contains($0) }
    }

    /// The first action. Call once.
    public mutating func begin() -> Action {
        switch state {
        case .preparing: return .prepare
        case .reading: return .readOrder(after: .zero)
        case .ordering: return createOrder()
        case .recording, .inspecting, .presenting, .responding, .validating, .finalizing, .downloading, .clearing, .issued, .failed,
            .stopped:
            preconditionFailure("begin() in state \(state.name)")
        }
    }

    /// Takes in what came of the last action and says what comes next.
    public mutating func apply(_ event: Event, at now: Date) -> Action {
        eventsDone += 1
        guard eventsDone <= ACMELimits.eventsPerRunMax || state.isFinal else {
            return stop(unfinished("no end after \(ACMELimits.eventsPerRunMax) steps", retryAfter: nil))
        }
        return switch state {
        case .preparing: whenPreparing(event)
        case .ordering(let replaces): whenOrdering(event, replaces: replaces, now: now)
        case .recording(let order, let retryAfter): whenRecording(event, order, retryAfter: retryAfter, now: now)
        case .reading(let reading): whenReading(event, reading, now: now)
        case .inspecting(let url, let authorizing): whenInspecting(event, url, authorizing, now: now)
        case .presenting(let authorization, let challenge, let url, let authorizing):
            whenPresenting(event, authorization, challenge, url, authorizing, now: now)
        case .responding(_, let url, let authorizing): whenResponding(event, url, authorizing, now: now)
        case .validating(let authorizing): whenValidating(event, authorizing, now: now)
        case .finalizing: whenFinalizing(event, now: now)
        case .downloading: whenDownloading(event, now: now)
        case .clearing(let error): whenClearing(event, error)
        case .issued, .failed, .stopped: unexpected(event)
        }
    }
}
