internal import Core
public import FoundationEssentials

/// What is spent of the limits of CAs, for people and for metrics: read only, and bounded.
public struct BudgetReport: Codable, Hashable, Sendable {
    /// An account at a CA.
    public struct Account: Codable, Hashable, Sendable {
        /// The CA's directory.
        public var directory: String
        /// The Secret of its key, `namespace/name`: what ledgers know it by.
        public var account: String
        /// The issuers that order with it, sorted, such as `ClusterIssuer le`.
        public var issuers: [String]

        /// Describes one.
        public init(directory: String, account: String, issuers: [String] = []) {
            self.directory = directory
            self.account = account
            self.issuers = issuers
        }
    }

    /// What is spent of one bucket.
    public struct Entry: Codable, Hashable, Sendable {
        /// The CA's directory.
        public var directory: String
        /// ``CALimit/name``.
        public var limit: String
        /// What is counted: ``CALimit/Event``.
        public var counts: String
        /// What has a bucket of its own: ``CALimit/Scope``.
        public var scope: String
        /// The account that the bucket belongs to; nil when all accounts spend from it.
        public var account: String?
        /// Whose bucket it is within the scope: an account, a registered domain, a host, a hash of a set of names; empty for an address.
        public var key: String
        /// How many are spent; 0...``allowed``.
        public var used: Int
        /// How many a full bucket holds.
        public var allowed: Int
        /// How long an empty bucket takes to be full again, in seconds.
        public var windowSeconds: Int
        /// Orders that the limit does not concern: ``CALimit/Exemption``, sorted.
        public var exempt: [String]
        /// When there is one more; nil when nothing is spent.
        public var refillsAt: Date?
        /// When nothing is spent any more; nil when nothing is.
        public var fullAt: Date?

        /// How many are left.
        public var left: Int { allowed - used }
    }

    /// A moment before which a CA does not want to be asked: its answer 429.
    public struct Refusal: Codable, Hashable, Sendable {
        /// The CA's directory.
        public var directory: String
        /// Whom it concerns: ``CALimit/Scope``.
        public var scope: String
        /// The account that it concerns; nil for all.
        public var account: String?
        /// Who it is within the scope.
        public var key: String
        /// The moment.
        public var notBefore: Date
        /// The CA's words, shortened.
        public var words: String
    }

    /// The accounts that are known, by directory and name.
    public var accounts: [Account] = []
    /// All buckets of ``accounts`` themselves, also those of which nothing is spent, and of everything else those of which most is spent;
    /// by directory, limit, and how much is spent.
    public var entries: [Entry] = []
    /// Buckets that ``entries`` leaves out.
    public var more = 0
    /// What CAs have said, by directory and moment.
    public var refusals: [Refusal] = []

    /// Nothing known.
    public init() {}

    /// What concerns orders of one account: its own buckets, and those that all accounts spend from.
    public func entries(of account: String, at directory: String) -> [Entry] {
        entries.filter { $0.directory == directory && ($0.account == nil || $0.account == account) }
    }

    /// Adds what a ledger says about one CA.
    ///
    /// - Parameter accounts: those of that CA.
    public mutating func add(_ ledger: BudgetLedger, of directory: String, accounts: [Account], limits: [CALimit], at now: Date) {
        self.accounts += accounts.sorted { $0.account < $1.account }
        for limit in limits {
            var found = ledger.entries(of: limit, directory, at: now)
            if limit.scope == .account {
                let known = Set(found.map(\.key))
                found += accounts.map(\.account).filter { !known.contains($0) }.map { ledger.entry(limit, $0, directory, at: now) }
            } else if limit.scope == .address, found.isEmpty {
                found = [ledger.entry(limit, "", directory, at: now)]
            }
            found.sort { ($1.used, $0.key) < ($0.used, $1.key) }
            entries += found.prefix(CALimitsLimits.reportedPerLimitMax)
            more += max(0, found.count - CALimitsLimits.reportedPerLimitMax)
        }
        refusals += ledger.reportedRefusals(directory, at: now)
    }
}

extension BudgetLedger {
    /// The buckets of a limit of which something is spent.
    fileprivate func entries(of limit: CALimit, _ directory: String, at now: Date) -> [BudgetReport.Entry] {
        (buckets[limit.name] ?? [:]).keys.filter { fullAgain(limit, $0, at: now) != nil }.map { entry(limit, $0, directory, at: now) }
    }

    fileprivate func entry(_ limit: CALimit, _ key: String, _ directory: String, at now: Date) -> BudgetReport.Entry {
        let (account, rest) = limit.scope.parts(of: key)
        var entry = BudgetReport.Entry(
            directory: directory, limit: limit.name, counts: limit.counts.rawValue, scope: limit.scope.rawValue, account: account,
            key: rest, used: 0, allowed: limit.count, windowSeconds: Int(limit.window.seconds),
            exempt: limit.exemptions.map(\.rawValue).sorted())
        if let full = fullAgain(limit, key, at: now) {
            // What has refilled in part counts as spent: nobody can order with half of one.
            let used = min(max(((full - now.timeIntervalSince1970) / limit.interval - 1e-6).rounded(.up), 1), Double(limit.count))
            entry.used = Int(used)
            entry.refillsAt = Date(timeIntervalSince1970: full - (used - 1) * limit.interval)
            entry.fullAt = Date(timeIntervalSince1970: full)
        }
        return entry
    }

    fileprivate func reportedRefusals(_ directory: String, at now: Date) -> [BudgetReport.Refusal] {
        refusals.filter { $0.value.notBefore > now }.map { key, refusal in
            let (scope, account, rest) = key.reported
            return BudgetReport.Refusal(
                directory: directory, scope: scope.rawValue, account: account, key: rest, notBefore: refusal.notBefore,
                words: refusal.words)
        }.sorted { ($0.notBefore, $0.key) < ($1.notBefore, $1.key) }
    }
}

extension CALimit.Scope {
    /// The account in the key of a bucket, and what the key says besides.
    fileprivate func parts(of key: String) -> (account: String?, rest: String) {
        switch self {
        case .account: return (key, key)
        case .registeredDomain, .exactSet, .address: return (nil, key)
        case .accountAndHost:
            // One that is too long is a hash of both.
            guard let space = key.firstIndex(of: " ") else { return (nil, key) }
            return (String(key[..<space]), String(key[key.index(after: space)...]))
        }
    }
}

extension BudgetLedger.Refusal.Key {
    fileprivate var reported: (scope: CALimit.Scope, account: String?, key: String) {
        switch self {
        case .account(let account): (.account, account, account)
        case .registeredDomain(let domain): (.registeredDomain, nil, domain)
        case .exactSet(let hash): (.exactSet, nil, hash)
        case .host(let account, let host): (.accountAndHost, account, host)
        }
    }
}
