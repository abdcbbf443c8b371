internal import Core
public import FoundationEssentials

/// The failures in a row of one certificate, as they are kept across restarts.
public struct FailureRecord: Codable, Hashable, Sendable {
    /// How many.
    public var count: Int
    /// When the first happened.
    public var first: Date
    /// When the last happened.
    public var last: Date
    /// When the next attempt may start.
    public var nextAttempt: Date
    /// What the last one was, in the CA's words.
    public var message: String
    /// What was asked for (``CertificateItem/fingerprint``). Once that changes the row is over.
    public var fingerprint: String
    /// What kind of failure the last one was; nil when it was kept by an older version.
    public var cause: FailureCause?
    /// The one name that it was about; nil for all, and when that is not known.
    public var name: String?
    /// What to do about it, where that is known better than by ``cause``.
    public var advice: String?

    /// Makes a record.
    public init(count: Int, first: Date, last: Date, nextAttempt: Date, message: String, fingerprint: String, cause: FailureCause? = nil) {
        self.count = count
        self.first = first
        self.last = last
        self.nextAttempt = nextAttempt
        self.message = message
        self.fingerprint = fingerprint
        self.cause = cause
    }

    /// Whether what has this fingerprint must still wait. A failure from the future was written by a clock that was wrong; waiting for
    /// it could take years.
    func holdsBack(_ fingerprint: String, at now: Date) -> Bool {
        self.fingerprint == fingerprint && nextAttempt > now && last <= now
    }

    /// The record after one more failure.
    ///
    /// - Parameters:
    ///   - previous: The row so far, or nil; a row for something else is over.
    ///   - retryAfter: What the CA asked for. The later of it and the ladder counts, up to ``IssuanceLimits/retryAfterMax``.
    ///   - notAfter: The end of the certificate that is there. The nearer it is, the sooner the ladder tries again.
    ///   - draw: A random number in 0...1 for the jitter.
    static func next(
        after previous: FailureRecord?, message: String, fingerprint: String, retryAfter: Date?, notAfter: Date? = nil, now: Date,
        draw: Double
    ) -> FailureRecord {
        let row = previous?.fingerprint == fingerprint ? previous : nil
        let count = (row?.count ?? 0) + 1
        let first = min(row?.first ?? now, now)
        let step = BackoffLadder.jitteredWait(afterFailures: count, elapsed: .seconds(now.timeIntervalSince(first)), draw: draw)
        let wait = min(step, BackoffLadder.waitMax(left: notAfter.map { .seconds($0.timeIntervalSince(now)) }))
        let latest = now.addingTimeInterval(IssuanceLimits.retryAfterMax.seconds)
        let asked = retryAfter.map { min($0, latest) } ?? now
        return FailureRecord(
            count: count, first: first, last: now, nextAttempt: max(now.addingTimeInterval(wait.seconds), asked),
            message: ShownText.line(message), fingerprint: fingerprint)
    }
}
