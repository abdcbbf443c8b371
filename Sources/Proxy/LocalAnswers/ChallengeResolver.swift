internal import NIOCore
internal import Synchronization

/// Looks up challenges that a loop does not know: each once at a time, whoever waits for it, so many at once and in a second, and not again
/// for a moment after. Shared by all loops; only questions about what is unknown come here.
final class ChallengeResolver: Sendable {
    /// What a loop is told.
    enum Outcome: Equatable {
        /// There is no answer, or none is looked for now.
        case none
        /// It was looked up just now.
        case known(String)
        /// It will be delivered, under this number.
        case waiting(UInt64)
    }

    private struct Waiter {
        let number: UInt64
        let eventLoop: any EventLoop
        let deliver: @Sendable (String?) -> Void
    }

    private struct Search {
        /// Tells it from an earlier one for the same question, whose task may still be ending.
        let number: UInt64
        var waiters: [Waiter] = []
        /// Nil while it waits for its turn.
        var task: Task<Void, Never>?
    }

    private struct Shared {
        var searches: [ChallengeQuestion: Search] = [:]
        var queue: [ChallengeQuestion] = []
        var running = 0
        var waiterCount = 0
        var lastNumber: UInt64 = 0
        var recent = RecentLookups()
        var allowance = Double(ChallengeLimits.lookupsBurst)
        var allowanceAt = NIODeadline.now()
    }

    private let lookup: @Sendable (ChallengeQuestion) async -> String?
    private let shared = Mutex(Shared())

    init(_ lookup: @escaping @Sendable (ChallengeQuestion) async -> String?) {
        self.lookup = lookup
    }

    // MARK: Called by exchanges and handshakes

    /// Asks a question. Called on the loop that `deliver` is to be called on.
    func ask(
        _ question: ChallengeQuestion, on eventLoop: any EventLoop, now: NIODeadline = .now(),
        deliver: @escaping @Sendable (String?) -> Void
    ) -> Outcome {
        let (outcome, isNew) = shared.withLock { shared in
            if let found = shared.recent.answer(to: question, now: now) { return (found, false) }
            guard shared.waiterCount < ChallengeLimits.waitersMax else { return (.none, false) }
            let isNew = shared.searches[question] == nil
            if isNew, !Self.mayBegin(&shared, now: now) { return (Outcome.none, false) }
            shared.lastNumber += 1
            shared.waiterCount += 1
            shared.searches[question, default: Search(number: shared.lastNumber)].waiters.append(
                Waiter(number: shared.lastNumber, eventLoop: eventLoop, deliver: deliver))
            if isNew { shared.queue.append(question) }
            return (.waiting(shared.lastNumber), isNew)
        }
        if isNew { startNext() }
        if case .waiting(let number) = outcome {
            eventLoop.scheduleTask(in: ChallengeLimits.lookupTime) { [weak self] in self?.giveUp(question, number) }
        }
        return outcome
    }

    /// Takes a question back; what comes is delivered to nobody.
    func cancel(_ question: ChallengeQuestion, _ number: UInt64) {
        shared.withLock { _ = Self.removeWaiter(&$0, question, number) }
    }

    // MARK: Inside

    private static func mayBegin(_ shared: inout Shared, now: NIODeadline) -> Bool {
        guard shared.queue.count < ChallengeLimits.lookupsWaitingMax else { return false }
        let passed = max(0, Double((now - shared.allowanceAt).nanoseconds)) / 1e9
        shared.allowance = min(Double(ChallengeLimits.lookupsBurst), shared.allowance + passed * ChallengeLimits.lookupsPerSecond)
        shared.allowanceAt = now
        guard shared.allowance >= 1 else { return false }
        shared.allowance -= 1
        return true
    }

    private func startNext() {
        shared.withLock { shared in
            while shared.running < ChallengeLimits.lookupsAtOnceMax, !shared.queue.isEmpty {
                let question = shared.queue.removeFirst()
                // Nobody may be waiting any more.
                guard let number = shared.searches[question]?.number else { continue }
                shared.running += 1
                shared.searches[question]?.task = Task { [self, lookup] in ended(question, number, await lookup(question)) }
            }
        }
    }

    private func ended(_ question: ChallengeQuestion, _ number: UInt64, _ answer: String?) {
        shared.withLock { shared in
            shared.running -= 1
            guard let search = shared.searches[question], search.number == number else { return }
            shared.searches[question] = nil
            shared.recent.note(question, answer, now: .now())
            shared.waiterCount -= search.waiters.count
            // Within the lock: who takes its question back before its loop ends is either out of the list or has been told.
            for waiter in search.waiters { waiter.eventLoop.execute { waiter.deliver(answer) } }
        }
        startNext()
    }

    /// It took too long for one of those who wait.
    private func giveUp(_ question: ChallengeQuestion, _ number: UInt64) {
        let waiter = shared.withLock { Self.removeWaiter(&$0, question, number) }
        waiter?.deliver(nil)
    }

    /// Removes a waiter; a search that nobody waits for is ended.
    private static func removeWaiter(_ shared: inout Shared, _ question: ChallengeQuestion, _ number: UInt64) -> Waiter? {
        guard let index = shared.searches[question]?.waiters.firstIndex(where: { $0.number == number }) else { return nil }
        let waiter = shared.searches[question]?.waiters.remove(at: index)
        shared.waiterCount -= 1
        if shared.searches[question]?.waiters.isEmpty == true {
            // The task gives its place back when it has ended, which may be later; a new question meanwhile is a new search.
            shared.searches.removeValue(forKey: question)?.task?.cancel()
            shared.queue.removeAll { $0 == question }
        }
        return waiter
    }
}
