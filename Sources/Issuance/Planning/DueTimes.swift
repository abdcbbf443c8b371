internal import Core
internal import FoundationEssentials

/// For each Secret the next moment at which time changes something about it. Each operation costs the logarithm of their number.
struct DueTimes: Sendable {
    private struct Entry: Comparable, Sendable {
        let date: Date
        let secret: NamespacedName

        static func < (left: Entry, right: Entry) -> Bool { left.date < right.date }
    }

    private var dates: [NamespacedName: Date] = [:]
    private var heap = MinHeap<Entry>()

    /// The first of all moments.
    var first: Date? {
        mutating get {
            dropStale()
            return heap.first?.date
        }
    }

    /// Sets or takes away the moment of a Secret.
    mutating func set(_ date: Date?, of secret: NamespacedName) {
        guard dates[secret] != date else { return }
        dates[secret] = date
        if let date { heap.insert(Entry(date: date, secret: secret)) }
        if heap.count > 2 * dates.count + 64 { heap.keep { dates[$0.secret] == $0.date } }
    }

    /// Takes out those whose moment has come.
    mutating func removeDue(at now: Date) -> [NamespacedName] {
        var due: [NamespacedName] = []
        dropStale()
        while let first = heap.first, first.date <= now {
            dates[first.secret] = nil
            due.append(first.secret)
            dropStale()
        }
        return due
    }

    private mutating func dropStale() {
        while let first = heap.first, dates[first.secret] != first.date { heap.removeFirst() }
    }
}
