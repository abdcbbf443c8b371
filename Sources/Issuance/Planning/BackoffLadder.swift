internal import Core

/// How long to wait after the n-th failure in a row of one certificate: certmagic's ladder, with jitter.
///
/// The first steps are short because most first failures are a DNS record or a firewall being set up right now; the later ones
/// keep a broken name far below every public CA's limit of failed validations. The sums are certmagic's (`async.go`).
public enum BackoffLadder {
    /// Waits after failure 1, 2, 3, ...; the last one repeats.
    public static let steps: [Duration] =
        [.minutes(1), .minutes(2), .minutes(2), .minutes(5)]  // elapsed: 10 minutes
        + Array(repeating: .minutes(10), count: 3)  // 40 minutes
        + Array(repeating: .minutes(20), count: 4)  // 2 hours
        + Array(repeating: .minutes(30), count: 6)  // 5 hours
        + Array(repeating: .hours(1), count: 3)  // 8 hours
        + Array(repeating: .hours(2), count: 2)  // 12 hours
        + Array(repeating: .hours(3), count: 2)  // 18 hours
        + [.hours(6)]

    /// After this long without a success the wait is ``slowStep``. certmagic gives up here; a name whose firewall is repaired
    /// after five weeks should still heal by itself, and one attempt a day costs a CA nothing.
    public static let slowAfter: Duration = .days(30)
    /// The wait once ``slowAfter`` has passed.
    public static let slowStep: Duration = .days(1)
    /// Each wait is multiplied by 1 ± this, so that certificates that failed together do not come back together.
    public static let jitterFraction = 0.1

    /// The wait after the given number of failures in a row, before jitter.
    ///
    /// - Parameters:
    ///   - failures: 1 for the first. 0 is taken as 1.
    ///   - elapsed: Since the first failure of the row.
    public static func wait(afterFailures failures: Int, elapsed: Duration) -> Duration {
        if elapsed >= slowAfter { return slowStep }
        return steps[min(max(failures, 1), steps.count) - 1]
    }

    /// The longest wait while a certificate is there that will end: an eighth of what is left, so that one of six days, whose CA was away
    /// for a day, is tried again often enough to be replaced in time. Never below 20 minutes, which is three failed validations an hour,
    /// where Let's Encrypt allows five.
    ///
    /// - Parameter left: Until its end; nil or negative when there is none that serves.
    public static func waitMax(left: Duration?) -> Duration {
        guard let left, left > .zero else { return .days(365) }
        return max(left / 8, .minutes(20))
    }

    /// ``wait(afterFailures:elapsed:)`` with jitter.
    ///
    /// - Parameter draw: A random number in 0...1, the caller's; 0.5 gives the ladder's own wait.
    public static func jitteredWait(afterFailures failures: Int, elapsed: Duration, draw: Double) -> Duration {
        wait(afterFailures: failures, elapsed: elapsed) * (1 + jitterFraction * (2 * min(max(draw, 0), 1) - 1))
    }
}
