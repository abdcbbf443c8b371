public import Core
public import FoundationEssentials
internal import Synchronization

/// Time that a test owns. A sleep ends at once and moves the clock on by as much, so that a test with waits takes no time.
public final class ManualTime: TimeSource {
    private let state: Mutex<(now: Date, slept: [Duration])>

    /// Starts at a moment; 2026-06-01 12:00 UTC unless said otherwise.
    public init(_ start: Date = Date(timeIntervalSince1970: 1_780_315_200)) { state = Mutex((start, [])) }

    /// Where the clock stands.
    public func now() -> Date { state.withLock { $0.now } }

    /// Moves the clock on and returns, after letting others run.
    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        state.withLock { state in
            state.now.addTimeInterval(duration.seconds)
            state.slept.append(duration)
        }
        await Task.yield()
    }

    /// Moves the clock on.
    public func advance(by duration: Duration) { state.withLock { $0.now.addTimeInterval(duration.seconds) } }

    /// Every sleep until now, in order.
    public var slept: [Duration] { state.withLock { $0.slept } }
}
