/// One parsed document: all its nodes in one array in reading order, all its text in another.
///
/// Objects copy what they need out of it, and then it goes: nothing keeps a tree.
final class ManifestDocument: Sendable {
    /// What a node is; `alias` and `merge` never leave this module.
    enum Kind: UInt8, Sendable {
        case null, bool, int, float, string, sequence, mapping
        /// Stands for the node with the index `start`.
        case alias
        /// The plain key `<<` of YAML 1.1.
        case merge
    }

    /// A node. Containers are followed by their content, so that `end` is the index of the next sibling.
    struct Record: Sendable {
        let kind: Kind
        /// From 1.
        let line: UInt32
        /// From 1.
        let column: UInt32
        /// Scalars: where in `text`; alias: the index that is meant.
        let start: UInt32
        /// Scalars: bytes in `text`; containers: how many nodes are directly inside (a mapping counts keys and values).
        var length: UInt32
        /// The index after the last node inside.
        var end: UInt32
    }

    let file: String
    let number: Int
    let records: [Record]
    let text: [UInt8]
    /// Where paths begin, and what they begin with: the root and nothing, or an item of a list and `items[7]`.
    private let base: Int
    private let basePath: String

    init(file: String, number: Int, records: [Record], text: [UInt8]) {
        self.file = file
        self.number = number
        self.records = records
        self.text = text
        base = 0
        basePath = ""
    }

    /// The same document, seen from one of its nodes.
    init(_ document: ManifestDocument, from base: Int, path: String) {
        file = document.file
        number = document.number
        records = document.records
        text = document.text
        self.base = base
        basePath = path
    }

    /// Follows aliases, of which there is at most one in a row.
    func resolve(_ index: Int) -> Int {
        let record = records[index]
        return record.kind == .alias ? Int(record.start) : index
    }

    func bytes(_ index: Int) -> ArraySlice<UInt8> {
        let record = records[index]
        return text[Int(record.start)..<Int(record.start) + Int(record.length)]
    }

    /// The way from the root to a node, such as `spec.rules[2].host`. Only errors need it, so that it is found by walking.
    /// A node outside of what is looked at, to which an alias led, has the path of the whole.
    func path(to target: Int) -> String {
        var path = basePath
        var index = base
        while index < target {
            let isMapping = records[index].kind == .mapping
            var child = index + 1
            var position = 0
            var key = ""
            while child < records[index].end, Int(records[child].end) <= target {
                if isMapping, position.isMultiple(of: 2) { key = keyText(child) }
                child = Int(records[child].end)
                position += 1
            }
            guard child < records[index].end else { return path }
            if isMapping, position.isMultiple(of: 2) { key = keyText(child) }
            path = isMapping ? ManifestDocument.join(path, key) : path + "[\(position)]"
            index = child
        }
        return path
    }

    /// Appends a key to a field path; a key with a dot or a slash, such as an annotation, goes in brackets.
    static func join(_ path: String, _ key: String) -> String {
        let isSimple = key.utf8.allSatisfy { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "[") }
        if !isSimple { return "\(path)[\(key)]" }
        return path.isEmpty ? key : "\(path).\(key)"
    }

    private func keyText(_ index: Int) -> String {
        let text = String(decoding: bytes(resolve(index)), as: UTF8.self)
        return text.count > ManifestLimits.quotedCharactersMax ? text.prefix(ManifestLimits.quotedCharactersMax) + "…" : text
    }
}
