public import FoundationEssentials

/// Wall-clock time and waiting, passed in wherever a decision depends on them, so that tests own both.
public protocol TimeSource: Sendable {
    /// The wall-clock time now.
    func now() -> Date
    /// Suspends the task for at least this long, or throws `CancellationError`.
    func sleep(for duration: Duration) async throws
}

extension TimeSource {
    /// Suspends the task until that moment, or throws `CancellationError`. Counted from when it gets to run, which on a busy machine is
    /// later than when it was asked for.
    public func sleep(until moment: Date) async throws {
        let wait = max(0, moment.timeIntervalSince(now()))
        try await sleep(for: .milliseconds(Int64((wait * 1000).rounded(.up))))
    }
}

/// The machine's own clock.
public struct SystemTime: TimeSource {
    /// Makes the one there is.
    public init() {}
    /// `CLOCK_REALTIME`.
    public func now() -> Date { Date() }
    /// Sleeps on the continuous clock.
    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

extension Duration {
    /// The duration in seconds as a floating-point number, for arithmetic with `Date`.
    public var seconds: Double {
        let (whole, atto) = components
        return Double(whole) + Double(atto) * 1e-18
    }

    /// Whole minutes, hours and days, for constants that read like the document they come from.
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    /// Hours.
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    /// Days of 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
