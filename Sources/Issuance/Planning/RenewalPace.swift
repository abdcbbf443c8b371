internal import Core
internal import FoundationEssentials

/// How fast renewals go to one CA: what is due at once is spread over the time that it has.
///
/// The pace is what the whole fleet needs when each certificate is renewed in its turn, and half as much again, so that what has piled up
/// during an outage of the CA, or while nothing ran, gets less; and faster whenever that would be too slow for those that are due: for
/// each moment, all that should be renewed by then divided by the time until then. So a fleet that becomes due in one hour does not
/// reach its CA in one hour, nor one lifetime later.
///
/// Nothing of it is stored: it follows from the certificates. After a restart at most ``IssuanceLimits/renewalsAtOnceMax`` begin before it
/// is known again.
struct RenewalPace: Sendable {
    /// Renewals that the certificates of this CA need, in a million years: a whole number, so that what was added can be taken away.
    private var steady = 0
    /// Those that are due, by the ten minutes in which they should be renewed at the latest.
    private var waiting: [Int: Int] = [:]
    /// When the next one may begin if each waits for the one before. It may be in the past.
    private var next = Date.distantPast
    private var known: (perSecond: Double, at: Date)?

    private static let unit = 1e6 * 365 * 86_400
    /// How long a rate is taken as known.
    private static let knownFor: TimeInterval = 60

    /// How many are due.
    private(set) var count = 0

    /// What a certificate adds to what its CA is asked in the long run.
    static func share(renewedEvery seconds: TimeInterval) -> Int { Int(unit / max(seconds, 3600)) }

    /// A certificate is there, or with a negative share is there no more.
    mutating func add(share: Int) { steady += share }

    /// One is due that should be renewed by then.
    mutating func add(_ latest: Date) {
        waiting[RenewalPace.slot(latest), default: 0] += 1
        count += 1
    }

    /// One is not due any more.
    mutating func remove(_ latest: Date) {
        let slot = RenewalPace.slot(latest)
        guard let number = waiting[slot] else { return }
        waiting[slot] = number > 1 ? number - 1 : nil
        count -= 1
    }

    /// Until when the next one waits; nil when it may begin.
    mutating func wait(at now: Date) -> Date? {
        let ahead = Double(IssuanceLimits.renewalsAtOnceMax - 1) / perSecond(at: now)
        // One that lies further away than it could was put there by a clock that has gone back.
        next = min(next, now.addingTimeInterval(ahead + 1 / perSecond(at: now)))
        let moment = next.addingTimeInterval(-ahead)
        return moment > now ? moment : nil
    }

    /// One begins.
    mutating func begin(at now: Date) { next = max(next, now).addingTimeInterval(1 / perSecond(at: now)) }

    /// Renewals in a second.
    mutating func perSecond(at now: Date) -> Double {
        if let known, known.at <= now, now < known.at.addingTimeInterval(RenewalPace.knownFor) { return known.perSecond }
        var rate = max(Double(steady) / RenewalPace.unit * IssuanceLimits.renewalsAboveSteady, IssuanceLimits.renewalsPerSecondMin)
        var sum = 0
        for (slot, number) in waiting.sorted(by: { $0.key < $1.key }) {
            sum += number
            let left = max(Double(slot) * RenewalPace.slot - RenewalPace.margin - now.timeIntervalSince1970, RenewalPace.leftMin)
            // A little more, since turns go round among namespaces too and not by this moment alone.
            rate = max(rate, 1.1 * Double(sum) / left)
        }
        known = (rate, now)
        return rate
    }

    private static let slot: TimeInterval = 600
    /// They begin so much before, since an order takes a while.
    private static let margin: TimeInterval = 300
    /// Time that is always taken as left: what should have been renewed a moment ago is not to be renewed within a second.
    private static let leftMin: TimeInterval = 120

    private static func slot(_ date: Date) -> Int { Int((date.timeIntervalSince1970 / slot).rounded(.down)) }
}

extension CertificateItem {
    /// By when it should be renewed, if it may wait for others until then; nil for what may not: what nobody serves or wants any more,
    /// what somebody asks for, what has an order already, what is near its end, and what the CA would have renewed before anybody else would.
    func pacedUntil(_ now: Date) -> Date? {
        guard case .due(.renewing) = work, !isForced, directory != nil, order != nil, let leaf = target.leaf, leaf.notAfter > now else {
            return nil
        }
        let critical = leaf.moment(left: Urgency.criticalFraction)
        guard now < critical else { return nil }
        let urgent = leaf.moment(left: Urgency.urgentFraction)
        // The moment at which one becomes more urgent than others is no end, and not worth a burst.
        let latest = (now < urgent ? urgent : critical).addingTimeInterval(1800)
        guard let window = renewalWindow else { return latest }
        // RFC 9773 §4.2: within the window. One that is over has spread nothing, unless it lay so early that the CA means now.
        if now < window.end { return min(latest, window.end) }
        return window.end < leaf.moment(left: 1 - RenewalSchedule.fraction) ? nil : latest
    }

    /// What it adds to what its CA is asked in the long run, and which CA that is; nil when it is not ours, or has no certificate.
    var paceShare: (directory: String, share: Int)? {
        guard let directory = target.directory, let leaf = target.leaf, let renewAt else { return nil }
        return (directory, RenewalPace.share(renewedEvery: renewAt.timeIntervalSince(leaf.notBefore)))
    }
}
