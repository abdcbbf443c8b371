package import CALimits
package import Core
package import FoundationEssentials

/// The items of a plan, and what of them is to be done when: each change costs the logarithm of their number, and no question costs more
/// than its answer.
package struct Agenda: Sendable {
    /// All of them.
    package private(set) var items: [NamespacedName: CertificateItem] = [:]
    private var changes = DueTimes()
    private var queue = WorkQueue()
    /// Those that somebody works on.
    private var taken: Set<NamespacedName> = []

    /// Shortest time between two looks at an item that ought to have changed by itself and did not.
    private static let changeDelayMin: TimeInterval = 60

    /// Those that get a turn; nil for all.
    private let only: Set<NamespacedName>?

    /// Nothing to do.
    ///
    /// - Parameter only: those that ever get a turn; nil for all.
    package init(only: Set<NamespacedName>? = nil) { self.only = only }

    /// How many wait for their turn.
    package var queued: Int { queue.count }

    /// Puts an item in, or in the place of the one that is there.
    package mutating func set(_ item: CertificateItem, at now: Date) {
        if let share = items[item.secret]?.paceShare { queue.add((share.directory, -share.share)) }
        if let share = item.paceShare { queue.add(share) }
        items[item.secret] = item
        arrange(item, at: now)
    }

    /// Takes an item away.
    package mutating func remove(_ secret: NamespacedName) {
        if let share = items.removeValue(forKey: secret)?.paceShare { queue.add((share.directory, -share.share)) }
        changes.set(nil, of: secret)
        queue.remove(secret)
    }

    /// Gives an item to somebody who works on it: it has no turn until ``giveBack(_:at:)``.
    package mutating func take(_ secret: NamespacedName) {
        taken.insert(secret)
        queue.remove(secret)
    }

    /// Nobody works on it any more.
    package mutating func giveBack(_ secret: NamespacedName, at now: Date) {
        taken.remove(secret)
        if let directory = items[secret]?.directory { queue.noteEnd(secret, of: directory, at: now) }
        if let item = items[secret] { arrange(item, at: now) }
    }

    /// Takes whoever has the next turn.
    ///
    /// - Parameter admission: Whether the limits of a CA let an order through.
    package mutating func takeNext(at now: Date, admission: (PlannedOrder) -> Admission) -> CertificateItem? {
        guard let turn = queue.next(at: now, admission: admission) else { return nil }
        taken.insert(turn.secret)
        return items[turn.secret]
    }

    /// Those about which time has changed something, each once; they are to be judged again, and ``set(_:at:)``.
    package mutating func takeChanged(at now: Date) -> [NamespacedName] { changes.removeDue(at: now) }

    /// When time changes something next: an item, or what a limit holds back.
    package mutating func nextChange() -> Date? { [changes.first, queue.nextRelease].compactMap { $0 }.min() }

    /// Keeps one that waits from getting a turn until then, for that reason.
    package mutating func hold(_ secret: NamespacedName, until: Date, _ reason: String) {
        queue.hold(secret, until: until, reason)
    }

    /// The CA did not answer an attempt. To be called before ``giveBack(_:at:)``.
    package mutating func noteUnreachable(_ directory: String, by secret: NamespacedName, retryAfter: Date?, at now: Date) {
        queue.noteUnreachable(directory, by: secret, retryAfter: retryAfter, at: now)
    }

    /// The CA answered an attempt, whatever it said.
    package mutating func noteAnswer(_ directory: String) { queue.noteAnswer(directory) }

    /// Takes the CAs for unreachable that the failures of the items tell of: whoever begins knows no more than is stored.
    package mutating func readOutages() {
        var found: [String: [(secret: NamespacedName, failure: FailureRecord)]] = [:]
        for item in items.values {
            guard let directory = item.directory, let failure = item.failure, failure.cause == .unreachable else { continue }
            found[directory, default: []].append((item.secret, failure))
        }
        queue.setOutages(found.compactMapValues { CAOutage($0) })
    }

    /// Has everything looked at again that a limit held back.
    package mutating func release() { queue.release() }

    /// When each that a limit holds back gets its turn, and which limit that is, if things go on as they are. Not told for more than
    /// ``IssuanceLimits/turnsForeseenMax``: the rest get the last moment that was reached, which is too early for them.
    package func turns(at now: Date, budgets: Budgets) -> [NamespacedName: Turn] {
        var turns: [NamespacedName: Turn] = [:]
        var queue = queue
        queue.foresee()
        var budgets = budgets
        var moment = now
        for _ in 0..<IssuanceLimits.turnsForeseenMax {
            guard queue.count > 0 else { return turns }
            if let turn = queue.next(at: moment, admission: { budgets.admission($0, at: moment) }) {
                if moment > now { turns[turn.secret] = Turn(at: moment, reason: turn.reason ?? "") }
                if let order = items[turn.secret]?.order { budgets.foresee(order, at: moment) }
            } else if let release = queue.nextRelease {
                moment = max(moment, release)
            } else {
                break
            }
        }
        guard moment > now else { return turns }
        for secret in queue.secrets { turns[secret] = Turn(at: moment, reason: queue.reason(of: secret) ?? "") }
        return turns
    }

    /// When somebody gets a turn.
    package struct Turn: Hashable, Sendable {
        /// Not before that moment.
        package let at: Date
        /// The limit that is in the way.
        package let reason: String
    }

    private mutating func arrange(_ item: CertificateItem, at now: Date) {
        var next = item.nextChange
        if case .due = item.work {
            next = item.nextPlaceChange(after: now)
            let mayHaveTurn = !taken.contains(item.secret) && only?.contains(item.secret) ?? true
            if mayHaveTurn { queue.insert(item, at: now) } else { queue.remove(item.secret) }
        } else {
            queue.remove(item.secret)
        }
        // One that should have changed and did not is looked at again, but not for ever at once.
        if let moment = next, moment <= now { next = now.addingTimeInterval(Agenda.changeDelayMin) }
        changes.set(next, of: item.secret)
    }
}
