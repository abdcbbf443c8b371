internal import Core
public import FoundationEssentials

/// What of a CA's limits is spent, as far as we know: pure, bounded, and the same after a restart.
///
/// Of each bucket it keeps one moment: when the bucket will be full again (the theoretical arrival time of the generic cell rate
/// algorithm, which Let's Encrypt counts by as well). A bucket that is full again is forgotten.
///
/// The clock may jump back: what is then further away than an empty bucket is taken as an empty bucket. It may make us wait, never
/// order too early.
public struct BudgetLedger: Hashable, Sendable {
    /// When each bucket is full again, in seconds since 1970, by limit and key.
    var buckets: [String: [String: Double]] = [:]
    /// What the CA said with a 429, by scope.
    var refusals: [Refusal.Key: Refusal] = [:]
    /// When it was last changed, by the clock of who changed it.
    public internal(set) var updated: Date = .distantPast

    /// A moment before which the CA does not want to be asked.
    struct Refusal: Hashable, Sendable {
        enum Key: Hashable, Sendable {
            case account(String)
            case registeredDomain(String)
            /// ``BucketKey/set(_:)``.
            case exactSet(String)
            case host(account: String, host: String)
        }

        var notBefore: Date
        /// The CA's words, shortened.
        var words: String
    }

    /// Nothing spent.
    public init() {}

    /// Whether nothing is spent.
    public var isEmpty: Bool { buckets.isEmpty && refusals.isEmpty }

    /// Whether another has the same spent; when they were changed does not matter.
    public func holdsSame(as other: BudgetLedger) -> Bool { buckets == other.buckets && refusals == other.refusals }

    /// How many buckets are not full.
    public var count: Int { buckets.values.reduce(0) { $0 + $1.count } }

    /// Whether an order may be sent now, and if not, when and why not: the latest of all limits that concern it, and of what the CA said.
    public func admission(for order: OrderIntent, limits: [CALimit], at now: Date) -> Admission {
        var admission = refusal(of: order, at: now)
        for limit in limits where limit.counts != .accounts && limit.concerns(order) {
            for key in order.keys(of: limit) { admission = admission.later(self.admission(limit, key, at: now)) }
        }
        return admission
    }

    /// Whether a new account may be asked for now.
    public func admissionOfAccount(limits: [CALimit], at now: Date) -> Admission {
        limits.filter { $0.counts == .accounts }.reduce(.now) { $0.later(admission($1, "", at: now)) }
    }

    private func admission(_ limit: CALimit, _ key: String, at now: Date) -> Admission {
        guard let full = fullAgain(limit, key, at: now) else { return .now }
        let window = limit.window.seconds
        // One more fits as soon as an empty bucket has refilled by one.
        let earliest = full + limit.interval - window
        if earliest <= now.timeIntervalSince1970 { return .now }
        let moment = Date(timeIntervalSince1970: earliest + CALimitsLimits.margin.seconds)
        return .notBefore(moment, Admission.Hold(scope: limit.hold(key), reason: limit.exhausted(key)))
    }

    /// When a bucket is full again, in seconds since 1970; nil when it is.
    func fullAgain(_ limit: CALimit, _ key: String, at now: Date) -> Double? {
        let now = now.timeIntervalSince1970
        guard let full = buckets[limit.name]?[key], full > now else { return nil }
        // Further away than an empty bucket: the clock has gone back, or the limit's window has become shorter.
        return min(full, now + limit.window.seconds)
    }
}

extension CALimit {
    /// Whom an empty bucket holds back.
    fileprivate func hold(_ key: String) -> Admission.Hold.Scope {
        switch scope {
        case .account, .address: .account
        case .registeredDomain: .registeredDomain(key)
        case .exactSet, .accountAndHost: .names
        }
    }

    /// What is said of an empty bucket.
    fileprivate func exhausted(_ key: String) -> String {
        let subject =
            switch scope {
            case .account: "this account"
            case .registeredDomain: key
            case .exactSet: "this set of names"
            case .accountAndHost: String(key.split(separator: " ").last ?? "")
            case .address: "this address"
            }
        return "\(name): \(count) in \(window.shortText) are used up for \(subject); one more every \(Duration.seconds(interval).shortText)"
    }
}

extension Duration {
    /// As documents write a time span, with the two largest units: `3 h 22 min`.
    var shortText: String {
        let whole = Int(seconds.rounded())
        let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { whole >= $0.0 }) else { return "\(Int((seconds * 1000).rounded())) ms" }
        let (size, name) = units[first]
        let rest = whole % size
        guard first + 1 < units.count, rest >= units[first + 1].0 else { return "\(whole / size) \(name)" }
        return "\(whole / size) \(name) \(rest / units[first + 1].0) \(units[first + 1].1)"
    }
}
