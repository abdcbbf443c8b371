internal import Core
internal import Synchronization

/// A ``TokenBucket`` whose takers wait.
final class RateLimiter: Sendable {
    private let bucket: Mutex<TokenBucket>
    private let time: any TimeSource

    init(_ limit: RateLimit, time: any TimeSource) {
        bucket = Mutex(TokenBucket(limit, now: time.now()))
        self.time = time
    }

    /// Waits for a token, first come first served.
    ///
    /// - Throws: `CancellationError`; the token goes to those behind.
    func wait() async throws(CancellationError) {
        let pause = bucket.withLock { $0.take(now: time.now()) }
        guard pause > .zero else { return }
        do {
            try await time.sleep(for: pause)
        } catch {
            bucket.withLock { $0.giveBack() }
            throw CancellationError()
        }
    }
}
