internal import Core
public import FoundationEssentials

/// All alerts, and what every receiver knows of them: the state machine of alerts, without any effect of its own.
public struct AlertState: Sendable {
    /// What became of an alert, for the log.
    public enum Transition: Hashable, Sendable {
        /// It fires from now on.
        case fired(AlertRecord)
        /// It is over.
        case resolved(AlertRecord)

        /// The alert.
        public var record: AlertRecord {
            switch self {
            case .fired(let record), .resolved(let record): record
            }
        }
    }

    /// By fingerprint.
    public private(set) var records: [String: AlertRecord]
    /// Shards that are not as they are in the store.
    var dirty: Set<Int> = []

    /// Starts with what was kept.
    public init(records: [AlertRecord] = []) {
        self.records = Dictionary(records.map { ($0.fingerprint, $0) }) { first, _ in first }
    }

    /// Takes in what is wrong now.
    ///
    /// - Returns: what changed, sorted by fingerprint.
    public mutating func step(_ findings: AlertRules.Findings, now: Date) -> [Transition] {
        clampTimes(to: now)
        let wrong = Dictionary(findings.conditions.map { ($0.labels.fingerprint, $0) }) { first, _ in first }
        let replaced = Set(findings.conditions.map { AlertRecord.Line(family: $0.rule.family, subject: $0.subject) })
        let begun = sinceOfLines()
        var transitions: [Transition] = []
        for (fingerprint, condition) in wrong {
            let line = AlertRecord.Line(family: condition.rule.family, subject: condition.subject)
            if let transition = isSo(fingerprint, condition, since: begun[line] ?? now, now) { transitions.append(transition) }
        }
        for (fingerprint, record) in records where wrong[fingerprint] == nil {
            let isUnknown = record.rule == .issuerNotReady && findings.unknown.contains(record.subject)
            let wait = replaced.contains(record.line) ? .zero : isUnknown ? AlertLimits.unknownMax : AlertLimits.resolveAfter
            if let transition = isGone(fingerprint, record, after: wait, now) { transitions.append(transition) }
        }
        prune(now)
        return transitions.sorted { $0.record.fingerprint < $1.record.fingerprint }
    }

    /// Notes what a receiver took.
    ///
    /// - Parameter told: by fingerprint, whether it was told that the alert fires.
    mutating func note(_ told: [String: Bool], to receiver: String, at now: Date) {
        for (fingerprint, isFiring) in told {
            change(fingerprint) { $0.told[receiver] = AlertRecord.Told(at: now, isFiring: isFiring) }
        }
    }

    /// Takes over what another process has kept meanwhile: what it was told of, and what it knows that is not known here.
    mutating func merge(_ stored: [AlertRecord]) {
        for other in stored {
            let fingerprint = other.fingerprint
            guard let mine = records[fingerprint] else {
                if other.phase == .firing { records[fingerprint] = other }
                continue
            }
            let told = mine.told.merging(other.told) { $0.at >= $1.at ? $0 : $1 }
            if told != mine.told { change(fingerprint) { $0.told = told } }
        }
    }

    /// Forgets receivers that there are no more.
    mutating func keep(receivers: Set<String>) {
        for (fingerprint, record) in records where !record.told.keys.allSatisfy(receivers.contains) {
            change(fingerprint) { $0.told = $0.told.filter { receivers.contains($0.key) } }
        }
    }

    /// The alerts that a shard keeps.
    func records(in shard: Int) -> [AlertRecord] {
        records.filter { AlertState.shard(of: $0.key) == shard }.map(\.value)
    }

    /// The shard that keeps an alert.
    static func shard(of fingerprint: String) -> Int {
        (fingerprint.utf8.last.flatMap { Int(String(UnicodeScalar($0)), radix: 16) } ?? 0) % AlertLimits.shards
    }

    // MARK: One alert

    private mutating func isSo(_ fingerprint: String, _ condition: AlertCondition, since: Date, _ now: Date) -> Transition? {
        if records[fingerprint].map({ $0.phase == .resolved }) ?? true {
            // One that follows another of its family has lasted as long as that one.
            var record = AlertRecord(condition, since: since)
            // Who was not told the end takes it for the same alert.
            record.told = (records[fingerprint]?.told ?? [:]).filter(\.value.isFiring)
            records[fingerprint] = record
            touch(fingerprint)
        }
        guard let record = records[fingerprint] else { return nil }
        if record.goneSince != nil { change(fingerprint) { $0.goneSince = nil } }
        // Words with times in them change all the time; they are kept with the next change that matters.
        records[fingerprint]?.summary = condition.summary
        records[fingerprint]?.details = condition.details
        guard record.phase == .pending, now.timeIntervalSince(record.since) >= record.rule.minimumDuration.seconds else { return nil }
        change(fingerprint) { $0.startsAt = now }
        return records[fingerprint].map { .fired($0) }
    }

    private mutating func isGone(_ fingerprint: String, _ record: AlertRecord, after wait: Duration, _ now: Date) -> Transition? {
        switch record.phase {
        case .resolved: return nil
        case .pending:
            drop(fingerprint)
            return nil
        case .firing:
            if now.timeIntervalSince(record.goneSince ?? now) >= wait.seconds { return end(fingerprint, now) }
            if record.goneSince == nil { change(fingerprint) { $0.goneSince = now } }
            return nil
        }
    }

    private mutating func end(_ fingerprint: String, _ now: Date) -> Transition? {
        change(fingerprint) { record in
            record.endsAt = now
            record.goneSince = nil
        }
        return records[fingerprint].map { .resolved($0) }
    }

    private func sinceOfLines() -> [AlertRecord.Line: Date] {
        var begun: [AlertRecord.Line: Date] = [:]
        for record in records.values where record.phase != .resolved {
            begun[record.line] = min(begun[record.line] ?? record.since, record.since)
        }
        return begun
    }

    // MARK: Keeping

    /// A clock that was set back would make everything wait until the old time has come again.
    private mutating func clampTimes(to now: Date) {
        for (fingerprint, record) in records {
            let times = [record.since, record.startsAt, record.goneSince, record.endsAt].compactMap { $0 } + record.told.values.map(\.at)
            guard times.contains(where: { $0 > now }) else { continue }
            change(fingerprint) { record in
                record.since = min(record.since, now)
                record.startsAt = record.startsAt.map { min($0, now) }
                record.goneSince = record.goneSince.map { min($0, now) }
                record.endsAt = record.endsAt.map { min($0, now) }
                record.told = record.told.mapValues { AlertRecord.Told(at: min($0.at, now), isFiring: $0.isFiring) }
            }
        }
    }

    /// Drops what is over and old, and what is over and too much: first what everybody knows of, the oldest first.
    private mutating func prune(_ now: Date) {
        for (fingerprint, record) in records {
            guard let end = record.endsAt, now.timeIntervalSince(end) > AlertLimits.historyAge.seconds else { continue }
            drop(fingerprint)
        }
        let over = records.values.filter { $0.phase == .resolved }.sorted { ($0.endsAt ?? now) < ($1.endsAt ?? now) }
        let known = over.filter { !$0.isAwaited }
        for record in known.prefix(max(known.count - AlertLimits.historyMax, 0)) { drop(record.fingerprint) }
        let surplus = records.count - AlertLimits.alertsMax - AlertLimits.historyMax
        for record in (known.suffix(AlertLimits.historyMax) + over.filter(\.isAwaited)).prefix(max(surplus, 0)) { drop(record.fingerprint) }
    }

    private mutating func change(_ fingerprint: String, _ body: (inout AlertRecord) -> Void) {
        guard var record = records[fingerprint] else { return }
        body(&record)
        records[fingerprint] = record
        touch(fingerprint)
    }

    private mutating func drop(_ fingerprint: String) {
        records[fingerprint] = nil
        touch(fingerprint)
    }

    private mutating func touch(_ fingerprint: String) { dirty.insert(AlertState.shard(of: fingerprint)) }
}

extension AlertRecord {
    /// Whether somebody who was told that it fires was not told its end.
    fileprivate var isAwaited: Bool { told.values.contains(where: \.isFiring) }
}
