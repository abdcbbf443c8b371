/// How many requests a client sends by itself at most.
public struct RateLimit: Hashable, Sendable {
    /// Requests per second in the long run.
    public var requestsPerSecond: Double
    /// Requests at once after a pause.
    public var burst: Int

    /// Makes a limit; both must be positive.
    public init(requestsPerSecond: Double, burst: Int) {
        precondition(requestsPerSecond > 0 && burst > 0, "a rate limit that never permits a request")
        self.requestsPerSecond = requestsPerSecond
        self.burst = burst
    }

    /// 50 per second and 100 at once: ten times client-go's old default, and what its controllers set today.
    public static let standard = RateLimit(requestsPerSecond: 50, burst: 100)
}
