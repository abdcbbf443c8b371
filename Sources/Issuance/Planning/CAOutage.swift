internal import Core
internal import FoundationEssentials

/// A CA that does not answer: one ladder for all of its certificates.
///
/// After ``IssuanceLimits/failuresBeforeOutage`` certificates in a row that it did not answer, the others wait, and one at a time, the most
/// urgent that is not waiting for itself, tries again as the ladder says, until the CA answers anybody anything. A single certificate that
/// a CA cannot cope with is no outage, since the others are answered in between; and it is not always the same one that tries.
struct CAOutage: Sendable {
    /// Since when it has not answered.
    private(set) var since: Date
    /// The certificates that it did not answer, until they are enough.
    private var failed: Set<NamespacedName> = []
    private var failures: Int
    /// When one may try again.
    private(set) var nextTry: Date
    /// Who tries now, and until when it may take.
    private var trying: (secret: NamespacedName, until: Date)?
    /// Whether it is taken as over when somebody may try again: in a look into the future.
    var endsWithNextTry = false

    /// The CA did not answer one.
    init(_ secret: NamespacedName, at now: Date) {
        since = now
        nextTry = now
        failed = [secret]
        failures = 1
    }

    /// As the stored failures of certificates tell; nil when they are too few to tell.
    init?(_ records: [(secret: NamespacedName, failure: FailureRecord)]) {
        guard records.count >= IssuanceLimits.failuresBeforeOutage, let first = records.map(\.failure.first).min(),
            let last = records.map(\.failure.last).max()
        else { return nil }
        since = first
        failures = records.count
        nextTry = last
        nextTry = last.addingTimeInterval(wait(records.map(\.secret).min()))
    }

    /// Whether all wait but one.
    var isOn: Bool { failures >= IssuanceLimits.failuresBeforeOutage }

    /// Until when nobody may begin; nil when one may.
    func wait(at now: Date) -> Date? {
        guard isOn else { return nil }
        // A moment that is further away than the ladder goes was written by a clock that was wrong.
        let latest = now.addingTimeInterval(IssuanceLimits.retryAfterMax.seconds)
        if let trying, trying.until > now { return min(trying.until, latest) }
        return nextTry > now ? min(nextTry, latest) : nil
    }

    /// One begins.
    mutating func begin(_ secret: NamespacedName, at now: Date) {
        guard isOn, !endsWithNextTry else { return }
        trying = (secret, now.addingTimeInterval(IssuanceLimits.attemptDurationMax.seconds))
    }

    /// The CA did not answer another one.
    mutating func fail(_ secret: NamespacedName, retryAfter: Date?, at now: Date) {
        if isOn {
            // Those that had begun before it was known say nothing new.
            guard trying?.secret == secret else { return }
            failures += 1
        } else {
            failed.insert(secret)
            failures = failed.count
        }
        trying = nil
        let latest = now.addingTimeInterval(IssuanceLimits.retryAfterMax.seconds)
        nextTry = max(now.addingTimeInterval(wait(secret)), min(retryAfter ?? now, latest))
    }

    /// One has ended without finding out.
    mutating func end(_ secret: NamespacedName, at now: Date) {
        guard trying?.secret == secret else { return }
        trying = nil
        nextTry = now.addingTimeInterval(BackoffLadder.wait(afterFailures: 1, elapsed: .zero).seconds)
    }

    /// The wait of the ladder, a tenth more or less by name: clusters that lost a CA together do not come back together.
    private func wait(_ secret: NamespacedName?) -> TimeInterval {
        let steps = failures - IssuanceLimits.failuresBeforeOutage + 1
        let draw = secret.map { RenewalSchedule.unitHash($0) } ?? 0.5
        let wait = BackoffLadder.jitteredWait(afterFailures: steps, elapsed: .zero, draw: draw)
        return min(wait, IssuanceLimits.outageWaitMax).seconds
    }

    /// What is said of those that wait.
    func words(_ directory: String) -> String {
        "the CA at \(directory) has not answered since \(since.formatted(.iso8601)); one certificate tries again at \(nextTry.formatted(.iso8601)), all others wait"
    }
}

extension FailureCause {
    /// Whether the CA was there, and said no.
    var isAnswerOfCA: Bool {
        switch self {
        case .rateLimited, .nameNotResolved, .hostUnreachable, .wrongAnswer, .authorizationFailed, .nameRefused, .refused, .accountUnusable,
            .externalAccountMissing, .userActionRequired, .profileNotOffered, .orderFailed, .stillProcessing, .certificateUnsuitable:
            true
        // What is found out before the CA is asked, or without it, says nothing.
        case .unreachable, .caaForbids, .selfCheckFailed, .dnsRecordFailed, .standingProofMissing, .noSolver, .accountKeyUnusable,
            .signingKeyUnusable, .secretMissing, .nameTaken, .namesLeftOut, .storageFailed, .ours, .other:
            false
        }
    }
}
