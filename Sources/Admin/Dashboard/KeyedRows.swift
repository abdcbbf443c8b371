internal import FoundationEssentials

/// Rows by key, each as JSON, with the version in which it last changed: what is new since a version is found without comparing anything.
struct KeyedRows<Value: Encodable & Hashable> {
    private struct Row {
        var value: Value
        var json: [UInt8]
        var version: UInt64
    }

    private var rows: [String: Row] = [:]
    private var gone: [(key: String, version: UInt64)] = []
    /// Rows that went in this version or before are forgotten.
    private(set) var oldest: UInt64 = 0
    /// When something last changed.
    private(set) var version: UInt64 = 0

    /// How many there are.
    var count: Int { rows.count }

    /// Puts other rows in place of all; a key that comes twice keeps its first one.
    mutating func set(_ values: [(key: String, value: Value)], version: UInt64) {
        var left = Set(rows.keys)
        var seen: Set<String> = []
        for (key, value) in values where seen.insert(key).inserted {
            left.remove(key)
            if let known = rows[key], known.value == value { continue }
            rows[key] = Row(value: value, json: DashboardJSON.encode(value), version: version)
            self.version = version
        }
        for key in left {
            rows[key] = nil
            gone.append((key, version))
            self.version = version
        }
        if gone.count > DashboardLimits.goneMax {
            let surplus = gone.count - DashboardLimits.goneMax
            oldest = gone[surplus - 1].version
            gone.removeFirst(surplus)
        }
    }

    /// What changed after a version, as an object with `set` and `gone`; nil when nothing did.
    ///
    /// - Parameter since: 0 for everything.
    func changes(since: UInt64) -> [UInt8]? {
        guard version > since else { return nil }
        var text = Array(#"{"set":{"#.utf8)
        var isFirst = true
        for (key, row) in rows where row.version > since {
            if !isFirst { text.append(UInt8(ascii: ",")) }
            isFirst = false
            text += DashboardJSON.encode(key)
            text.append(UInt8(ascii: ":"))
            text += row.json
        }
        let missing = since == 0 ? [] : Set(gone.lazy.filter { $0.version > since }.map(\.key)).filter { rows[$0] == nil }.sorted()
        text += Array(#"},"gone":"#.utf8) + DashboardJSON.encode(missing) + [UInt8(ascii: "}")]
        return text
    }
}

/// One value that is sent as a whole.
struct DashboardPart<Value: Encodable & Hashable> {
    private var value: Value?
    private var json: [UInt8] = []
    /// When it last changed.
    private(set) var version: UInt64 = 0

    /// Puts another one in its place.
    mutating func set(_ value: Value, version: UInt64) {
        guard self.value != value else { return }
        self.value = value
        json = DashboardJSON.encode(value)
        self.version = version
    }

    /// It, when it changed after a version.
    func changes(since: UInt64) -> [UInt8]? { version > since ? json : nil }
}

/// How values are written for the page: on one line, without what is nil.
enum DashboardJSON {
    /// A value as JSON.
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // What the rows hold are strings, whole and finite numbers, which JSON can always say.
        return (try? encoder.encode(value)).map { Array($0) } ?? Array("null".utf8)
    }
}
