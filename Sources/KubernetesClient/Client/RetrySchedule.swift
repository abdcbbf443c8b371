/// Decides whether and when one request is sent again. Pure.
struct RetrySchedule {
    private let method: APIRequest.Method
    private let attemptsMax: Int
    private var attempts = 0

    init(_ request: APIRequest) {
        method = request.method
        attemptsMax = request.attemptsMax
    }

    /// The first pause without a word from the server; it quadruples.
    static let firstPause = Duration.milliseconds(100)

    /// How long to wait before the request is sent again.
    ///
    /// - Parameters:
    ///   - wasSent: whether any byte of the request may have reached the server.
    ///   - jitter: 0..<1, different each time.
    /// - Returns: nil when it is not sent again.
    mutating func pause(after error: APIError, wasSent: Bool, jitter: Double) -> Duration? {
        attempts += 1
        guard attempts < attemptsMax else { return nil }
        switch error.code {
        case .tooManyRequests, .serverError, .timeout:
            guard error.httpStatus != nil else { return nil }  // our own deadline has passed: no more patience here
            if let asked = error.retryAfter {
                // A little later than asked, each client by another bit, so that they do not all come back in one moment.
                return asked <= Limits.retryAfterMax ? asked + .seconds(jitter * 0.1) : nil
            }
            // A server that is too busy has done nothing; one that failed may have. One that took a minute would take four.
            return error.code == .tooManyRequests || method == .get && error.code == .serverError ? backoff(jitter) : nil
        case .unreachable:
            return !wasSent || method == .get ? backoff(jitter) : nil
        case .notFound, .alreadyExists, .conflict, .unauthorized, .forbidden, .invalid, .badRequest, .gone, .badResponse, .configuration,
            .cancelled, .closed:
            return nil
        }
    }

    private func backoff(_ jitter: Double) -> Duration {
        var pause = RetrySchedule.firstPause
        for _ in 1..<max(attempts, 1) { pause *= 4 }
        return pause * (0.5 + jitter / 2)
    }
}
