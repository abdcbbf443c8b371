internal import Core
internal import FoundationEssentials
internal import PKI

/// The lists that were downloaded, up to a number of bytes.
struct RevocationListCache {
    private struct Entry {
        let list: RevocationList
        let fetchedAt: Date
        var usedAt: UInt64
    }

    private var entries: [RevocationChecker.ListKey: Entry] = [:]
    private var uses: UInt64 = 0
    /// Bytes held.
    private(set) var bytes = 0

    /// A list that was kept.
    ///
    /// - Parameter isFresh: whether one that is worth downloading again does not count: authorities publish long before the old one ends.
    mutating func list(_ key: RevocationChecker.ListKey, now: Date, isFresh: Bool) -> RevocationList? {
        guard var entry = entries[key] else { return nil }
        let end = min(entry.list.nextUpdate ?? .distantFuture, entry.fetchedAt + RevocationLimits.checkPeriodMax.seconds)
        guard !isFresh || now < end else { return nil }
        uses += 1
        entry.usedAt = uses
        entries[key] = entry
        return entry.list
    }

    /// Keeps a list, in the place of others if need be.
    mutating func keep(_ list: RevocationList, _ key: RevocationChecker.ListKey, now: Date) {
        remove(key)
        while bytes + list.der.count > RevocationLimits.listBytesMax, let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
            remove(oldest.key)
        }
        uses += 1
        bytes += list.der.count
        entries[key] = Entry(list: list, fetchedAt: now, usedAt: uses)
    }

    private mutating func remove(_ key: RevocationChecker.ListKey) {
        guard let old = entries.removeValue(forKey: key) else { return }
        bytes -= old.list.der.count
    }
}
