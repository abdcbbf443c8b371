internal import HashTreeCollections

/// A persistent map from host patterns to values: a copy is free, a change costs O(log n), a lookup takes borrowed bytes and
/// allocates nothing. Shared by the route table and the certificate index.
///
/// A pattern is a host name in lower case, or `*.` and a name; the wildcard is stored without its asterisk, which no
/// request's host can look like because ``RequestHost`` refuses an empty label.
package struct HostMap<Value: Sendable>: Sendable {
    private final class Node: Sendable {
        let name: [UInt8]
        let value: Value
        let next: Node?
        init(name: [UInt8], value: Value, next: Node?) {
            self.name = name
            self.value = value
            self.next = next
        }
    }

    /// What a host name found: the value of the name itself and of the wildcard one label above it.
    package struct Match {
        package let exact: Value?
        package let wildcard: Value?
    }

    private var nodes: TreeDictionary<UInt64, Node> = [:]
    private var wildcardCount = 0
    /// The number of patterns.
    package private(set) var count = 0
    private let hash: HostHash

    package init(hash: HostHash = HostHash()) { self.hash = hash }

    /// The value of exactly this pattern.
    package subscript(pattern: String) -> Value? {
        get {
            let key = HostMap.key(of: pattern)
            return value(storedAs: key.span)
        }
        set { update(HostMap.key(of: pattern), newValue) }
    }

    /// Looks a host name up. RFC 6125 §6.4.3: the wildcard stands for exactly one label.
    package func match(_ name: Span<UInt8>) -> Match {
        let exact = value(storedAs: name)
        guard wildcardCount > 0, let dot = HostMap.firstDot(in: name) else { return Match(exact: exact, wildcard: nil) }
        return Match(exact: exact, wildcard: value(storedAs: name.extracting(dot..<name.count)))
    }

    /// Every pattern with its value, in no order.
    package var values: [(pattern: String, value: Value)] {
        var all: [(String, Value)] = []
        for first in nodes.values {
            var node: Node? = first
            while let current = node {
                let text = String(decoding: current.name, as: UTF8.self)
                all.append((text.hasPrefix(".") ? "*" + text : text, current.value))
                node = current.next
            }
        }
        return all
    }

    private func value(storedAs name: Span<UInt8>) -> Value? {
        var node = nodes[hash(name)]
        while let current = node {
            let stored = current.name
            if HostHash.equal(name, stored: stored.span) { return current.value }
            node = current.next
        }
        return nil
    }

    private mutating func update(_ key: [UInt8], _ value: Value?) {
        let hash = hash(key.span)
        var others: Node?
        var existed = false
        var node = nodes[hash]
        while let current = node {
            if current.name == key { existed = true } else { others = Node(name: current.name, value: current.value, next: others) }
            node = current.next
        }
        nodes[hash] = value.map { Node(name: key, value: $0, next: others) } ?? others
        let change = (value == nil ? 0 : 1) - (existed ? 1 : 0)
        count += change
        if key.first == UInt8(ascii: ".") { wildcardCount += change }
    }

    private static func key(of pattern: String) -> [UInt8] {
        Array(pattern.hasPrefix("*.") ? pattern.utf8.dropFirst() : pattern.utf8[...])
    }

    private static func firstDot(in name: Span<UInt8>) -> Int? {
        for index in name.indices where name[index] == UInt8(ascii: ".") { return index }
        return nil
    }
}
