internal import FoundationEssentials

/// Keys and the moments at which they are due, the earliest first: a binary heap in which an entry that was moved or removed stays until
/// it comes to the top.
struct DueQueue<Key: Hashable & Comparable> {
    private struct Entry {
        let due: Date
        let key: Key
        let stamp: UInt64
    }

    private var heap: [Entry] = []
    /// The entry that counts for each key.
    private var current: [Key: (due: Date, stamp: UInt64)] = [:]
    private var stamps: UInt64 = 0

    /// How many keys there are.
    var count: Int { current.count }

    /// When a key is due; nil when it is not in the queue.
    func due(_ key: Key) -> Date? { current[key]?.due }

    /// Adds a key, or moves it.
    mutating func set(_ key: Key, due: Date) {
        stamps &+= 1
        current[key] = (due, stamps)
        heap.append(Entry(due: due, key: key, stamp: stamps))
        rise(heap.count - 1)
        if heap.count > 2 * current.count + 64 { rebuild() }
    }

    /// Removes a key.
    mutating func remove(_ key: Key) { current[key] = nil }

    /// When the first key is due.
    mutating func next() -> Date? {
        dropOutdated()
        return heap.first?.due
    }

    /// Takes out the first key if it is due.
    mutating func pop(at now: Date) -> Key? {
        dropOutdated()
        guard let first = heap.first, first.due <= now else { return nil }
        removeFirst()
        current[first.key] = nil
        return first.key
    }

    private mutating func dropOutdated() {
        while let first = heap.first, current[first.key]?.stamp != first.stamp { removeFirst() }
    }

    private mutating func rebuild() {
        heap = current.map { Entry(due: $0.value.due, key: $0.key, stamp: $0.value.stamp) }.sorted { $0.due < $1.due }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        sink(0)
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].due < heap[parent].due else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].due < heap[least].due { least = child }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
