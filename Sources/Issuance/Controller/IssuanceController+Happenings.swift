internal import Core
public import FoundationEssentials

/// What happened to certificates lately, for people. In memory only, and only what this process did or found out while it led.
extension IssuanceController {
    /// The newest first.
    ///
    /// - Parameters:
    ///   - limit: How many at most; there are never more than ``IssuanceLimits/happeningsMax``.
    ///   - number: Only what came after the one with this number.
    ///   - secrets: Only those of these Secrets, as `namespace/name`; nil for all.
    /// - Returns: them, and since when they are remembered.
    public func newestHappenings(
        _ limit: Int, after number: Int = 0, of secrets: Set<String>? = nil
    ) -> (since: Date, happenings: [IssuanceHappening]) {
        (happenings.since, happenings.newest(limit, after: number, of: secrets))
    }

    /// Notes that something happened to a certificate.
    func note(_ kind: IssuanceHappening.Kind, _ target: NamespacedName, message: String? = nil, began: Date? = nil) {
        let item = plan.items[target]
        var issuer: String?
        if case .issue(let name)? = item?.desired.wish { issuer = name.description }
        happenings.note(
            kind, target, hosts: item?.desired.names.all ?? [], issuer: issuer, message: message, began: began, at: context.time.now())
    }

    /// Notes how an attempt ended, and how far its order came.
    func remember(_ outcome: IssuanceAttempt.Outcome, of target: NamespacedName, now: Date) {
        let attempt = running[target]
        switch outcome {
        case .issued: note(.issued, target, message: attempt?.reason?.rawValue, began: attempt?.began)
        case .notNeeded: note(.needless, target, began: attempt?.began)
        case .notOurs(let reason): note(.needless, target, message: reason, began: attempt?.began)
        case .postponed(let until, let reason):
            note(.postponed, target, message: "until \(until.formatted(.iso8601)): \(reason)", began: attempt?.began)
        case .cancelled: note(.stopped, target, began: attempt?.began)
        case .failed(let error, _):
            note(.failed, target, message: error.message, began: attempt?.began)
            attempt?.progress?.fail(error.message, at: now)
            // Without an item nobody will ask.
            ended[target] = plan.items[target] == nil ? nil : attempt?.progress?.snapshot
            // Never more than there are certificates.
            if ended.count > plan.items.count { ended = ended.filter { plan.items[$0.key] != nil } }
        }
    }
}
