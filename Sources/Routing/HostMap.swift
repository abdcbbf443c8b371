/// What a ``HostMap`` holds: an immutable object that carries the host pattern it belongs to, in the map's form.
package protocol HostMapEntry: AnyObject, Sendable {
    /// Whether the entry belongs to this name. ASCII letters of either case are equal.
    func isStored(as name: Span<UInt8>) -> Bool
    /// The pattern in the map's form, see ``HostPattern/stored(_:)``.
    var storedName: [UInt8] { get }
}

/// A persistent map from host patterns to entries: a copy is free, a change copies some 128 references and one bucket, a lookup takes
/// borrowed bytes and allocates nothing. Shared by the route table and the certificate index.
///
/// Two levels of 64 and small buckets: at 100,000 hosts a random lookup misses the cache twice. A TreeDictionary in its place took
/// 3.5 times as long (740 against 205 ns of CPU, key to value) for the same cost of a change. Entries carry their own names for the
/// same reason: what is far away is memory, not work.
package struct HostMap<Entry: HostMapEntry>: Sendable {
    private struct Slot: Sendable {
        let hash: UInt64
        let entry: Entry
    }

    /// What a host name found: the entry of the name itself and of the wildcard one label above it.
    package struct Match {
        package let exact: Entry?
        package let wildcard: Entry?
    }

    /// By the six highest bits of the hash, then the next six.
    private var branches: [[[Slot]]] = Array(repeating: Array(repeating: [], count: 64), count: 64)
    private var wildcardCount = 0
    /// The number of patterns.
    package private(set) var count = 0
    private let hash: HostHash

    package init(hash: HostHash = HostHash()) { self.hash = hash }

    /// The entry of exactly this pattern. An entry must be stored under its own.
    package subscript(pattern: String) -> Entry? {
        get {
            let name = HostPattern.stored(pattern)
            return entry(storedAs: name.span)
        }
        set {
            let name = HostPattern.stored(pattern)
            precondition(newValue?.isStored(as: name.span) != false, "an entry was stored under a pattern that is not its own: \(pattern)")
            update(name, newValue)
        }
    }

    /// Looks a host name up. RFC 9525 §6.3: the wildcard stands for exactly one label.
    package func match(_ name: Span<UInt8>) -> Match {
        let exact = entry(storedAs: name)
        guard wildcardCount > 0, let dot = HostMap.firstDot(in: name) else { return Match(exact: exact, wildcard: nil) }
        return Match(exact: exact, wildcard: entry(storedAs: name.extracting(dot..<name.count)))
    }

    /// Every entry, in no order.
    package var entries: [Entry] { branches.lazy.joined().joined().map(\.entry) }

    private func entry(storedAs name: Span<UInt8>) -> Entry? {
        let hash = hash(name)
        let bucket = branches[HostMap.branch(hash)][HostMap.leaf(hash)]
        for index in bucket.indices where bucket[index].hash == hash {
            let entry = bucket[index].entry
            if entry.isStored(as: name) { return entry }
        }
        return nil
    }

    private mutating func update(_ name: [UInt8], _ entry: Entry?) {
        let hash = hash(name.span)
        let (branch, leaf) = (HostMap.branch(hash), HostMap.leaf(hash))
        let known = branches[branch][leaf].firstIndex { $0.hash == hash && $0.entry.isStored(as: name.span) }
        let slot = entry.map { Slot(hash: hash, entry: $0) }
        switch (known, slot) {
        case (let index?, let slot?): branches[branch][leaf][index] = slot
        case (let index?, nil): branches[branch][leaf].remove(at: index)
        case (nil, let slot?): branches[branch][leaf].append(slot)
        case (nil, nil): break
        }
        let change = (entry == nil ? 0 : 1) - (known == nil ? 0 : 1)
        count += change
        if name.first == UInt8(ascii: ".") { wildcardCount += change }
    }

    private static func branch(_ hash: UInt64) -> Int { Int(hash >> 58) }
    private static func leaf(_ hash: UInt64) -> Int { Int(hash >> 52 & 63) }

    private static func firstDot(in name: Span<UInt8>) -> Int? {
        for index in name.indices where name[index] == UInt8(ascii: ".") { return index }
        return nil
    }
}
