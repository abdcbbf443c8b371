/// Collects the nodes of one document in reading order and keeps the limits. YAML and JSON parsers feed it.
struct TreeBuilder {
    /// A broken rule; the parser that feeds adds file and document.
    struct Refusal: Error {
        let line: Int
        let column: Int
        let message: String
    }

    /// A place in the text, from 1.
    struct Mark {
        let line: Int
        let column: Int
    }

    private struct Frame {
        let index: Int
        let anchor: String?
        let costBefore: Int
    }

    private struct Anchor {
        let index: Int
        /// Bytes that the anchored node amounts to, aliases within it written out; nil until it is complete.
        var cost: Int?
    }

    private(set) var records: [ManifestDocument.Record] = []
    private var text: [UInt8] = []
    private var frames: [Frame] = []
    private var anchors: [String: Anchor] = [:]
    /// What the nodes so far amount to with aliases written out.
    private var expandedCost = 0
    /// What of it is due to aliases.
    private var aliasedCost = 0

    init(expectedBytes: Int) {
        text.reserveCapacity(expectedBytes)
        records.reserveCapacity(64)
    }

    func finish(file: String, number: Int) -> ManifestDocument {
        ManifestDocument(file: file, number: number, records: records, text: text)
    }

    /// Adds a scalar; `isKeyPosition` decides whether a plain `<<` is a merge key.
    mutating func scalar(
        _ kind: ManifestDocument.Kind, _ bytes: UnsafeBufferPointer<UInt8>, at mark: Mark, anchor: String? = nil
    ) throws(Refusal) {
        let start = text.count
        unsafe text.append(contentsOf: bytes)
        try scalar(kind, textFrom: start, at: mark, anchor: anchor)
    }

    /// Adds a scalar whose text was appended by ``append(_:)`` since `start`.
    mutating func scalar(
        _ kind: ManifestDocument.Kind, textFrom start: Int, at mark: Mark, anchor: String? = nil
    ) throws(Refusal) {
        let costBefore = expandedCost
        let isMerge = kind == .merge && isKeyPosition
        let stored: ManifestDocument.Kind = kind == .merge && !isMerge ? .string : kind
        let index = try append(stored, start: start, length: text.count - start, at: mark)
        if let anchor { anchors[anchor] = Anchor(index: index, cost: expandedCost - costBefore) }
    }

    /// Where text appended from now on starts.
    var textCount: Int { text.count }
    /// Appends a byte of the scalar to come.
    mutating func append(_ byte: UInt8) { text.append(byte) }
    /// Appends bytes of the scalar to come.
    mutating func append(_ bytes: ArraySlice<UInt8>) { text.append(contentsOf: bytes) }

    mutating func start(_ kind: ManifestDocument.Kind, at mark: Mark, anchor: String? = nil) throws(Refusal) {
        guard frames.count < ManifestLimits.depthMax else {
            throw refusal(mark, "values are nested more than \(ManifestLimits.depthMax) deep")
        }
        if isKeyPosition { throw refusal(mark, "a key must be plain text, got a \(kind == .mapping ? "mapping" : "list")") }
        let costBefore = expandedCost
        let index = try append(kind, start: 0, length: 0, at: mark)
        if let anchor { anchors[anchor] = Anchor(index: index, cost: nil) }
        frames.append(Frame(index: index, anchor: anchor, costBefore: costBefore))
    }

    mutating func end() throws(Refusal) {
        guard let frame = frames.popLast() else { return }
        records[frame.index].end = UInt32(records.count)
        if records[frame.index].kind == .mapping { try checkKeys(of: frame.index) }
        // The name may have been given to another node inside; the last one counts from here on.
        if let anchor = frame.anchor, anchors[anchor]?.index == frame.index {
            anchors[anchor]?.cost = expandedCost - frame.costBefore
        }
    }

    mutating func alias(_ name: String, at mark: Mark) throws(Refusal) {
        guard let anchor = anchors[name] else { throw refusal(mark, "alias *\(quoted(name)) has no anchor") }
        guard let cost = anchor.cost else { throw refusal(mark, "alias *\(quoted(name)) stands inside its own anchor") }
        let target = records[anchor.index].kind
        if isKeyPosition, target == .mapping || target == .sequence {
            throw refusal(mark, "a key must be plain text, got an alias of more")
        }
        expandedCost += cost
        aliasedCost += cost
        guard aliasedCost <= ManifestLimits.aliasedBytesMax else {
            throw refusal(mark, "aliases amount to more than \(ManifestLimits.aliasedBytesMax) bytes")
        }
        _ = try append(.alias, start: anchor.index, length: 0, at: mark)
    }

    /// Whether the next node is a key of a mapping.
    var isKeyPosition: Bool {
        guard let frame = frames.last else { return false }
        let record = records[frame.index]
        return record.kind == .mapping && record.length.isMultiple(of: 2)
    }

    func refusal(_ mark: Mark, _ message: String) -> Refusal {
        Refusal(line: mark.line, column: mark.column, message: message)
    }

    private mutating func append(_ kind: ManifestDocument.Kind, start: Int, length: Int, at mark: Mark) throws(Refusal) -> Int {
        guard records.count < ManifestLimits.nodesMax else {
            throw refusal(mark, "the document has more than \(ManifestLimits.nodesMax) keys and values")
        }
        let index = records.count
        expandedCost += length + 32
        if let frame = frames.last { records[frame.index].length += 1 }
        records.append(
            ManifestDocument.Record(
                kind: kind, line: UInt32(clamping: mark.line), column: UInt32(clamping: mark.column), start: UInt32(start),
                length: UInt32(length), end: UInt32(index + 1)))
        return index
    }

    /// Duplicate keys are refused, as by the API server's strict decoding: whichever were taken, somebody meant the other.
    private func checkKeys(of mapping: Int) throws(Refusal) {
        let record = records[mapping]
        let isLarge = record.length > 32
        var seen: [ArraySlice<UInt8>] = []
        var known: Set<ArraySlice<UInt8>> = []
        var key = mapping + 1
        while key < record.end {
            let mark = Mark(line: Int(records[key].line), column: Int(records[key].column))
            let value = Int(records[key].end)
            if records[key].kind == .merge {
                try checkMerge(value, at: mark)
            } else {
                let bytes = keyBytes(key)
                let isNew = isLarge ? known.insert(bytes).inserted : !seen.contains(bytes)
                guard isNew else { throw refusal(mark, "key \"\(quoted(String(decoding: bytes, as: UTF8.self)))\" appears twice") }
                if !isLarge { seen.append(bytes) }
            }
            key = Int(records[value].end)
        }
    }

    private func checkMerge(_ value: Int, at mark: Mark) throws(Refusal) {
        let target = target(value)
        var isMergeable = records[target].kind == .mapping
        if records[target].kind == .sequence {
            isMergeable = true
            var child = target + 1
            while child < records[target].end {
                isMergeable = isMergeable && records[self.target(child)].kind == .mapping
                child = Int(records[child].end)
            }
        }
        guard isMergeable else { throw refusal(mark, "<< needs a mapping or a list of mappings") }
    }

    private func target(_ index: Int) -> Int { records[index].kind == .alias ? Int(records[index].start) : index }

    private func keyBytes(_ index: Int) -> ArraySlice<UInt8> {
        let record = records[target(index)]
        return text[Int(record.start)..<Int(record.start) + Int(record.length)]
    }

    private func quoted(_ name: String) -> String { String(name.prefix(ManifestLimits.quotedCharactersMax)) }
}
