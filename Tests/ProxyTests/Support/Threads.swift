import NIOPosix

/// Threads for blocking calls, so that the tests' own pool, which has as many threads as the machine has cores, is never blocked.
enum Threads {
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 256)
        pool.start()
        return pool
    }()

    /// Runs blocking code and waits for it without blocking.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await pool.runIfActive(body)
    }

    /// Runs blocking code that nobody waits for.
    static func start(_ body: @escaping @Sendable () -> Void) {
        pool.submit { _ in body() }
    }
}

/// Asks again and again until the answer is yes.
///
/// - Returns: false when it never was within the time.
func eventually(within duration: Duration = .seconds(5), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + duration
    while true {
        if try await condition() { return true }
        if ContinuousClock.now > end { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
}
