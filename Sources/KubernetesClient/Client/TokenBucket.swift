internal import FoundationEssentials

/// Counts who may send when. Pure: the caller waits. Whoever takes a token that is not there yet stands in line behind all who took one
/// before, so that nobody is passed.
struct TokenBucket {
    private let limit: RateLimit
    /// Below zero: so many stand in line.
    private var tokens: Double
    private var filledAt: Date

    init(_ limit: RateLimit, now: Date) {
        self.limit = limit
        tokens = Double(limit.burst)
        filledAt = now
    }

    /// Takes a token.
    ///
    /// - Returns: how long to wait for it; zero when it is there.
    mutating func take(now: Date) -> Duration {
        // A wall clock that is set back adds nothing, and the count goes on from there.
        let elapsed = max(0, now.timeIntervalSince(filledAt))
        filledAt = now
        tokens = min(Double(limit.burst), tokens + elapsed * limit.requestsPerSecond) - 1
        return tokens >= 0 ? .zero : .seconds(-tokens / limit.requestsPerSecond)
    }

    /// Gives back a token of somebody who left the line.
    mutating func giveBack() { tokens = min(Double(limit.burst), tokens + 1) }
}
