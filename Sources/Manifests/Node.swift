/// A value in a YAML or JSON document that knows where it stands. Cheap to copy; keeps its whole document alive.
public struct Node: Sendable {
    /// What a value is, by the rules of YAML 1.1 for plain scalars (as kubectl has them) or by JSON.
    public enum Kind: Hashable, Sendable {
        /// Nothing, `~` or `null`.
        case null
        /// `true`, `yes`, `on` and their opposites.
        case bool
        /// A whole number.
        case int
        /// Any other number.
        case float
        /// Text: quoted, a block, or plain and none of the above.
        case string
        /// A list.
        case sequence
        /// Keys and values.
        case mapping
    }

    let document: ManifestDocument
    let index: Int

    init(document: ManifestDocument, index: Int) {
        self.document = document
        self.index = document.resolve(index)
    }

    var record: ManifestDocument.Record { document.records[index] }

    /// What the value is.
    public var kind: Kind {
        switch record.kind {
        case .null, .alias: .null  // an alias was followed in init
        case .bool: .bool
        case .int: .int
        case .float: .float
        case .string, .merge: .string
        case .sequence: .sequence
        case .mapping: .mapping
        }
    }

    /// The line within the file, from 1.
    public var line: Int { Int(record.line) }
    /// The character within the line, from 1.
    public var column: Int { Int(record.column) }
    /// The number of the document within its file, from 1.
    public var documentNumber: Int { document.number }
    /// The file, as the caller of the reader named it.
    public var file: String { document.file }
    /// The way from the document's root, such as `spec.rules[2].host`; empty for the root. Slow: for messages.
    public var path: String { document.path(to: index) }

    /// A scalar's text as it was written, without quotes and escapes; empty for sequences and mappings.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A scalar's text in UTF-8.
    public var bytes: ArraySlice<UInt8> {
        switch record.kind {
        case .sequence, .mapping, .alias: []
        case .null, .bool, .int, .float, .string, .merge: document.bytes(index)
        }
    }

    /// The elements of a sequence; empty for everything else.
    public var elements: [Node] { record.kind == .sequence ? children.map { Node(document: document, index: $0) } : [] }

    /// Goes through a sequence that may be very long and have many errors: each element finds its path without passing the
    /// others, and none is kept.
    public func forEachIndependentElement(_ body: (Node) -> Void) {
        guard record.kind == .sequence else { return }
        let path = self.path
        var child = index + 1
        var position = 0
        while child < record.end {
            let scope = ManifestDocument(document, from: child, path: "\(path)[\(position)]")
            body(Node(document: scope, index: child))
            child = Int(document.records[child].end)
            position += 1
        }
    }

    /// The keys and values of a mapping in reading order, YAML 1.1 merge keys (`<<`) worked in; empty for everything else.
    public var entries: [(key: Node, value: Node)] {
        guard record.kind == .mapping else { return [] }
        var found: [(key: Node, value: Node)] = []
        var merged: [Node] = []
        let children = self.children
        for position in stride(from: 0, to: children.count - 1, by: 2) {
            let value = Node(document: document, index: children[position + 1])
            if document.records[children[position]].kind == .merge {
                merged += value.kind == .sequence ? value.elements : [value]
            } else {
                found.append((Node(document: document, index: children[position]), value))
            }
        }
        if merged.isEmpty { return found }
        var known = Set(found.map { $0.key.bytes })
        for source in merged {
            for entry in source.entries where known.insert(entry.key.bytes).inserted { found.append(entry) }
        }
        return found
    }

    /// The value of a key of a mapping, `null` counting as absent as everywhere in the Kubernetes API.
    public subscript(_ key: String) -> Node? {
        guard let value = lookup(key), value.record.kind != .null else { return nil }
        return value
    }

    private func lookup(_ key: String) -> Node? {
        guard record.kind == .mapping else { return nil }
        var merged: [Int] = []
        var child = index + 1
        while child < record.end {
            let keyRecord = document.records[child]
            let value = Int(keyRecord.end)
            if keyRecord.kind == .merge {
                merged.append(value)
            } else if key.utf8.count == document.records[document.resolve(child)].length,
                key.utf8.elementsEqual(document.bytes(document.resolve(child)))
            {
                return Node(document: document, index: value)
            }
            child = Int(document.records[value].end)
        }
        for index in merged {
            let value = Node(document: document, index: index)
            for source in value.kind == .sequence ? value.elements : [value] {
                if let found = source.lookup(key) { return found }
            }
        }
        return nil
    }

    private var children: [Int] {
        var children: [Int] = []
        children.reserveCapacity(Int(record.length))
        var child = index + 1
        while child < record.end {
            children.append(child)
            child = Int(document.records[child].end)
        }
        return children
    }
}
