public import CALimits

/// How busy issuance is.
public struct IssuanceNumbers: Hashable, Sendable {
    /// How attempts ended since the process began.
    public struct Outcomes: Hashable, Sendable {
        /// With a new certificate.
        public private(set) var issued: UInt64 = 0
        /// Nothing was to be done after all.
        public private(set) var notNeeded: UInt64 = 0
        /// The limits of the CA were in the way.
        public private(set) var postponed: UInt64 = 0
        /// They were stopped: not wanted any more, or not by this process.
        public private(set) var cancelled: UInt64 = 0
        /// They failed, or the Secret may not be written.
        public private(set) var failed: UInt64 = 0

        /// All of them.
        public var all: UInt64 { issued &+ notNeeded &+ postponed &+ cancelled &+ failed }

        mutating func count(_ outcome: IssuanceAttempt.Outcome) {
            switch outcome {
            case .issued: issued += 1
            case .notNeeded: notNeeded += 1
            case .postponed: postponed += 1
            case .cancelled: cancelled += 1
            case .failed, .notOurs: failed += 1
            }
        }
    }

    /// How attempts ended.
    public var outcomes = Outcomes()
    /// Attempts under way, and removals of what former ones have left.
    public var running = 0
    /// How many there may be.
    public var runningMax = IssuanceLimits.issuancesAtOnceMax
    /// Certificates that wait for their turn, those that a limit of a CA holds back included.
    public var queued = 0
    /// What is spent of the limits of CAs.
    public var budgets = BudgetReport()
    /// Where the challenges of orders under way stand.
    public var challenges: [ChallengeFact] = []

    /// Nothing to do.
    public init() {}
}

extension IssuanceController {
    /// How busy it is.
    public func numbers() -> IssuanceNumbers {
        var numbers = IssuanceNumbers()
        numbers.outcomes = outcomes
        numbers.running = running.count
        numbers.queued = plan.agenda.queued
        numbers.budgets = budgetReport()
        numbers.challenges = progress.facts
        return numbers
    }
}
