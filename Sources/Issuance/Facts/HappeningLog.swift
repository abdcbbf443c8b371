internal import Core
internal import FoundationEssentials

/// What happened to certificates lately: the last ``IssuanceLimits/happeningsMax``, in memory only.
struct HappeningLog: Sendable {
    private var ring: [IssuanceHappening] = []
    private var count = 0
    /// Since when it is kept.
    let since: Date

    init(since: Date) { self.since = since }

    /// Notes one.
    mutating func note(
        _ kind: IssuanceHappening.Kind, _ secret: NamespacedName, hosts: [String], issuer: String? = nil, message: String? = nil,
        began: Date? = nil, at now: Date
    ) {
        count += 1
        let happening = IssuanceHappening(
            number: count, at: now, kind: kind, secret: secret.description, hosts: Array(hosts.prefix(IssuanceLimits.namesShownMax)),
            issuer: issuer, message: message.map { ShownText.line($0, bytesMax: IssuanceLimits.happeningTextBytesMax) },
            seconds: began.map { max(now.timeIntervalSince($0), 0) })
        if ring.count < IssuanceLimits.happeningsMax {
            ring.append(happening)
        } else {
            ring[(count - 1) % IssuanceLimits.happeningsMax] = happening
        }
    }

    /// The newest first.
    ///
    /// - Parameters:
    ///   - limit: How many at most.
    ///   - number: Only those that came after this one.
    ///   - secrets: Only those of these Secrets, as `namespace/name`; nil for all.
    func newest(_ limit: Int, after number: Int = 0, of secrets: Set<String>? = nil) -> [IssuanceHappening] {
        var found: [IssuanceHappening] = []
        for back in 0..<ring.count where found.count < limit {
            let happening = ring[(count - 1 - back) % IssuanceLimits.happeningsMax]
            guard happening.number > number else { break }
            if secrets?.contains(happening.secret) ?? true { found.append(happening) }
        }
        return found
    }
}
