internal import Core
public import FoundationEssentials

extension BudgetLedger {
    /// Counts an order, which is about to be sent.
    public mutating func spend(_ order: OrderIntent, limits: [CALimit], at now: Date) {
        settle(at: now, limits: limits)
        for limit in limits where limit.counts == .orders || limit.counts == .certificates {
            guard limit.concerns(order) else { continue }
            for key in order.keys(of: limit) { take(limit, key, at: now) }
        }
        bound(limits)
    }

    /// Gives back what an order was counted for that will not become a certificate. That it was sent stays counted.
    public mutating func refund(_ order: OrderIntent, limits: [CALimit], at now: Date) {
        settle(at: now, limits: limits)
        for limit in limits where limit.counts == .certificates && limit.concerns(order) {
            for key in order.keys(of: limit) {
                guard let full = buckets[limit.name]?[key] else { continue }
                set(limit, key, full - limit.interval, at: now)
            }
        }
    }

    /// Counts a validation of a name that failed.
    public mutating func spendFailure(of host: String, account: String, limits: [CALimit], at now: Date) {
        settle(at: now, limits: limits)
        for limit in limits where limit.counts == .failedValidations { take(limit, limit.failureKey(host, account), at: now) }
        bound(limits)
    }

    /// Notes that the names of an order were all validated.
    public mutating func noteSuccess(_ order: OrderIntent, limits: [CALimit], at now: Date) {
        settle(at: now, limits: limits)
        for limit in limits where limit.isResetBySuccess {
            for host in order.hosts { set(limit, limit.failureKey(host, order.account), 0, at: now) }
        }
    }

    /// Counts a new account, which is about to be asked for.
    public mutating func spendAccount(limits: [CALimit], at now: Date) {
        settle(at: now, limits: limits)
        for limit in limits where limit.counts == .accounts { take(limit, "", at: now) }
    }

    /// Forgets what is over, and what a clock that was ahead has left behind.
    public mutating func settle(at now: Date, limits: [CALimit]) {
        let seconds = now.timeIntervalSince1970
        // A bucket that is looked at is judged by the clock anyway; everything is looked at when the clock has gone back, or once an hour.
        guard now < updated || now.timeIntervalSince(updated) >= 3600 || count >= CALimitsLimits.bucketsMax else {
            updated = now
            return
        }
        updated = now
        let windows = Dictionary(limits.map { ($0.name, $0.window.seconds) }) { max($0, $1) }
        for (name, entries) in buckets {
            // A limit that is not known any more is kept as it is: the document that has it may come back.
            let latest = windows[name].map { seconds + $0 } ?? .infinity
            let left = entries.compactMapValues { $0 > seconds ? min($0, latest) : nil }
            buckets[name] = left.isEmpty ? nil : left
        }
        let latest = now.addingTimeInterval(CALimitsLimits.retryAfterMax.seconds)
        for (key, refusal) in refusals {
            if refusal.notBefore <= now { refusals[key] = nil } else { refusals[key]?.notBefore = min(refusal.notBefore, latest) }
        }
    }

    private mutating func take(_ limit: CALimit, _ key: String, at now: Date) {
        let start = fullAgain(limit, key, at: now) ?? now.timeIntervalSince1970
        // An order may be counted that was not admitted: what was resumed, or forced. The bucket is then empty, not worse.
        set(limit, key, min(start + limit.interval, now.timeIntervalSince1970 + limit.window.seconds), at: now)
    }

    private mutating func set(_ limit: CALimit, _ key: String, _ full: Double, at now: Date) {
        if full > now.timeIntervalSince1970 {
            buckets[limit.name, default: [:]][key] = full
        } else {
            buckets[limit.name]?[key] = nil
            if buckets[limit.name]?.isEmpty == true { buckets[limit.name] = nil }
        }
    }

    /// Forgets the buckets that have most left, so that there is room for a tenth more.
    private mutating func bound(_ limits: [CALimit]) {
        guard count > CALimitsLimits.bucketsMax else { return }
        let windows = Dictionary(limits.map { ($0.name, $0.window.seconds) }) { max($0, $1) }
        let now = updated.timeIntervalSince1970
        var all: [(spent: Double, limit: String, key: String)] = []
        for (name, entries) in buckets {
            let window = windows[name] ?? .infinity
            for (key, full) in entries { all.append(((full - now) / window, name, key)) }
        }
        all.sort { ($0.spent, $0.limit, $0.key) < ($1.spent, $1.limit, $1.key) }
        for entry in all.prefix(count - CALimitsLimits.bucketsMax * 9 / 10) { buckets[entry.limit]?[entry.key] = nil }
    }
}

extension CALimit {
    /// The key of the bucket that a failed validation takes from.
    fileprivate func failureKey(_ host: String, _ account: String) -> String {
        scope == .account ? account : BucketKey.accountAndHost(account, OrderIntent.host(host))
    }
}
