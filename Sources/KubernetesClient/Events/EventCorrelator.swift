internal import Core
public import FoundationEssentials

/// Joins equal events into series and bounds how many there are about one object. Pure: time comes in, writes come out.
///
/// As client-go's broadcaster for events.k8s.io/v1: the first event is written, so is its first repetition, which makes it a series;
/// further ones are counted and written when the series ends or has lasted for long.
public struct EventCorrelator: Sendable {
    /// What to write.
    public enum Write: Hashable, Sendable {
        /// A new Event.
        case create(EventRecord)
        /// The series of an Event that was created before.
        case patchSeries(EventRecord)
    }

    private struct Entry {
        var record: EventRecord
        var countWritten: Int
        var writtenAt: Date
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Date
    }

    private var entries: [ReportedEvent: Entry] = [:]
    private var buckets: [ObjectReference: Bucket] = [:]
    private var lastName = 0 as UInt64
    /// Events that were not written because their object had too many.
    public private(set) var limited = 0

    /// Makes a correlator that knows no event.
    public init() {}

    /// Takes in an event.
    ///
    /// - Returns: what to write now, in order; nothing for one more of a known series, and for one too many about its object.
    public mutating func record(_ event: ReportedEvent, now: Date) -> [Write] {
        var writes: [Write] = []
        if var entry = entries[event] {
            if entry.record.lastObserved.addingTimeInterval(EventLimits.seriesGap.seconds) >= now {
                guard event.occurrence == nil else { return [] }
                entry.record.count += 1
                entry.record.lastObserved = now
                let isNew = entry.record.count == 2
                entries[event] = isNew ? written(entry, now) : entry
                return isNew ? [.patchSeries(entry.record)] : []
            }
            if entry.record.count > entry.countWritten { writes.append(.patchSeries(entry.record)) }
            entries[event] = nil
        }
        guard takeToken(event.regarding, now) else {
            limited += 1
            return writes
        }
        let record = EventRecord(event: event, name: name(for: event, now), time: now)
        makeRoom()
        entries[event] = Entry(record: record, countWritten: 1, writtenAt: now)
        return writes + [.create(record)]
    }

    /// Ends the series that were quiet for long, and keeps those alive that go on.
    ///
    /// - Returns: what to write now.
    public mutating func tick(now: Date) -> [Write] {
        var writes: [Write] = []
        for (event, entry) in entries {
            let isOver = entry.record.lastObserved.addingTimeInterval(EventLimits.seriesGap.seconds) < now
            let isStale = entry.writtenAt.addingTimeInterval(EventLimits.seriesRefresh.seconds) <= now
            if entry.record.count > entry.countWritten, isOver || isStale {
                writes.append(.patchSeries(entry.record))
                entries[event] = written(entry, now)
            }
            if isOver { entries[event] = nil }
        }
        buckets = buckets.filter { !isFull($0.value, now) }
        return writes
    }

    /// How many series and objects are remembered.
    var rememberedCount: (events: Int, objects: Int) { (entries.count, buckets.count) }

    private func written(_ entry: Entry, _ now: Date) -> Entry {
        Entry(record: entry.record, countWritten: entry.record.count, writtenAt: now)
    }

    /// Unique among ours by the time, as client-go's names; for an occurrence the same in every process.
    private mutating func name(for event: ReportedEvent, _ now: Date) -> String {
        if let occurrence = event.occurrence { return EventRecord.name(for: event, occurrence: occurrence) }
        let nanoseconds = UInt64(max(0, now.timeIntervalSince1970) * 1e9)
        lastName = max(nanoseconds, lastName &+ 1)
        return EventRecord.name(of: event.regarding, suffix: String(lastName, radix: 16))
    }

    private mutating func takeToken(_ object: ObjectReference, _ now: Date) -> Bool {
        var bucket = buckets[object] ?? Bucket(tokens: Double(EventLimits.objectBurst), filledAt: now)
        let elapsed = max(0, now.timeIntervalSince(bucket.filledAt))
        bucket.tokens = min(Double(EventLimits.objectBurst), bucket.tokens + elapsed / EventLimits.objectRefill.seconds)
        bucket.filledAt = now
        let isAllowed = bucket.tokens >= 1
        if isAllowed { bucket.tokens -= 1 }
        buckets[object] = bucket
        return isAllowed
    }

    private func isFull(_ bucket: Bucket, _ now: Date) -> Bool {
        let missing = Double(EventLimits.objectBurst) - bucket.tokens
        return bucket.filledAt.addingTimeInterval(missing * EventLimits.objectRefill.seconds) <= now
    }

    private mutating func makeRoom() {
        if entries.count >= EventLimits.rememberedMax {
            let oldest = entries.sorted { $0.value.record.lastObserved < $1.value.record.lastObserved }
            for (event, _) in oldest.prefix(EventLimits.rememberedMax / 4) { entries[event] = nil }
        }
        if buckets.count > EventLimits.rememberedMax {
            let oldest = buckets.sorted { $0.value.filledAt < $1.value.filledAt }
            for (object, _) in oldest.prefix(EventLimits.rememberedMax / 4) { buckets[object] = nil }
        }
    }
}
