public import Core
public import FoundationEssentials
internal import Synchronization

/// A clock that stands still until the test moves it: sleepers wait, and wake when their time has come, the earliest first.
///
/// Short sleeps, such as the polls of an order, pass by themselves and move the clock by as much (``ManualTime`` does so for all).
public final class ControlledTime: TimeSource {
    private struct Sleeper {
        let deadline: Date
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Date
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state: Mutex<State>
    private let passing: Duration

    /// A clock that shows this time; by default 1 September 2026, 12:00 UTC.
    ///
    /// - Parameter passing: Sleeps up to this pass by themselves.
    public init(_ now: Date = Date(timeIntervalSince1970: 1_788_264_000), passing: Duration = .seconds(10)) {
        state = Mutex(State(now: now))
        self.passing = passing
    }

    /// What the clock shows.
    public func now() -> Date { state.withLock { $0.now } }

    /// How many tasks sleep.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// When the first of them wakes, or nil when nobody sleeps.
    public var nextDeadline: Date? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

    /// Moves the clock and wakes whoever slept until then.
    public func advance(by duration: Duration) { move { $0.addingTimeInterval(duration.seconds) } }

    /// Moves the clock to a time, never back, and wakes whoever slept until then.
    public func advance(to time: Date) { move { max($0, time) } }

    /// Suspends until the clock was moved that far, or throws `CancellationError`.
    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        if duration <= passing {
            advance(by: max(duration, .zero))
            await Task.yield()
            return
        }
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enter(id, duration, $0) }
        } onCancel: {
            leave(id)
        }
    }

    private func move(_ change: (Date) -> Date) {
        let woken = state.withLock { state in
            state.now = change(state.now)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    private func enter(_ id: Int, _ duration: Duration, _ continuation: CheckedContinuation<Void, any Error>) {
        let isCancelled = state.withLock { state in
            // The task may have been cancelled before it got here.
            guard state.cancelled.remove(id) == nil else { return true }
            state.sleepers[id] = Sleeper(deadline: state.now.addingTimeInterval(duration.seconds), continuation: continuation)
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
    }

    private func leave(_ id: Int) {
        let sleeper = state.withLock { state in
            let sleeper = state.sleepers.removeValue(forKey: id)
            if sleeper == nil { state.cancelled.insert(id) }
            return sleeper
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
