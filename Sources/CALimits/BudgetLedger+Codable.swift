internal import FoundationEssentials

/// The form in which a ledger is kept: one JSON object, with moments in whole seconds, rounded up.
extension BudgetLedger: Codable {
    private enum CodingKeys: String, CodingKey { case version, updated, buckets, refusals }

    private struct StoredRefusal: Codable {
        var scope: String
        var key: String
        var host: String?
        var notBefore: Int
        var words: String
    }

    /// The version of the form. A reader refuses others, so that a downgrade does not misread a ledger.
    private static let version = 1

    /// Moments are from here to the year 9999; anything else was not written by us.
    private static let seconds = 0...253_402_300_799

    /// Reads a ledger. What is too much of it is left out: it is our own, but it has been where others may write.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == BudgetLedger.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "version \(version), expected \(BudgetLedger.version)")
        }
        self.init()
        let updated = try container.decode(Int.self, forKey: .updated)
        guard BudgetLedger.seconds.contains(updated) else {
            throw DecodingError.dataCorruptedError(forKey: .updated, in: container, debugDescription: "\(updated) is no moment")
        }
        self.updated = Date(timeIntervalSince1970: Double(updated))
        var left = CALimitsLimits.bucketsMax
        for (name, entries) in try container.decode([String: [String: Int]].self, forKey: .buckets).sorted(by: { $0.key < $1.key }) {
            let good = entries.filter { BudgetLedger.seconds.contains($0.value) && $0.key.utf8.count <= CALimitsLimits.keyBytesMax }
            // The last to be full again have most spent.
            let kept = good.count <= left ? Array(good) : Array(good.sorted { $0.value > $1.value }.prefix(left))
            left -= kept.count
            if !kept.isEmpty { buckets[name] = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, Double($0.value)) }) }
        }
        for stored in try container.decode([StoredRefusal].self, forKey: .refusals).prefix(CALimitsLimits.refusalsMax) {
            guard let key = Refusal.Key(stored.scope, stored.key, stored.host), BudgetLedger.seconds.contains(stored.notBefore) else {
                continue
            }
            refusals[key] = Refusal(
                notBefore: Date(timeIntervalSince1970: Double(stored.notBefore)), words: Refusal.shortened(stored.words))
        }
    }

    /// Writes a ledger.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(BudgetLedger.version, forKey: .version)
        try container.encode(BudgetLedger.whole(max(updated, Date(timeIntervalSince1970: 0)).timeIntervalSince1970), forKey: .updated)
        try container.encode(buckets.mapValues { $0.mapValues(BudgetLedger.whole) }, forKey: .buckets)
        let stored = refusals.map { key, refusal in
            let parts = key.parts
            return StoredRefusal(
                scope: parts.scope, key: parts.key, host: parts.host,
                notBefore: BudgetLedger.whole(refusal.notBefore.timeIntervalSince1970), words: refusal.words)
        }
        try container.encode(stored.sorted { ($0.scope, $0.key, $0.host ?? "") < ($1.scope, $1.key, $1.host ?? "") }, forKey: .refusals)
    }

    private static func whole(_ moment: Double) -> Int {
        Int(min(max(moment.rounded(.up), Double(seconds.lowerBound)), Double(seconds.upperBound)))
    }
}

extension BudgetLedger.Refusal.Key {
    fileprivate var parts: (scope: String, key: String, host: String?) {
        switch self {
        case .account(let account): ("account", account, nil)
        case .registeredDomain(let domain): ("registeredDomain", domain, nil)
        case .exactSet(let hash): ("exactSet", hash, nil)
        case .host(let account, let host): ("accountAndHost", account, host)
        }
    }

    fileprivate init?(_ scope: String, _ key: String, _ host: String?) {
        guard key.utf8.count <= CALimitsLimits.keyBytesMax, (host ?? "").utf8.count <= 253 else { return nil }
        switch scope {
        case "account": self = .account(key)
        case "registeredDomain": self = .registeredDomain(key)
        case "exactSet": self = .exactSet(key)
        case "accountAndHost":
            guard let host else { return nil }
            self = .host(account: key, host: host)
        default: return nil
        }
    }
}
