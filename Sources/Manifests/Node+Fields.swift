extension Node {
    /// An error about this value.
    public func error(_ message: String) -> ManifestError {
        ManifestError(file: file, document: documentNumber, line: line, column: column, field: path, message: message)
    }

    /// An error about a field of this mapping, at the field's place if it is there.
    public func error(at key: String, _ message: String) -> ManifestError {
        if let value = self[key] { return value.error(message) }
        return ManifestError(
            file: file, document: documentNumber, line: line, column: column, field: ManifestDocument.join(path, key),
            message: message)
    }

    /// The value as text.
    ///
    /// - Throws: an error that asks for quotes when YAML makes a number or a boolean of it; no content is repeated.
    public func string() throws(ManifestError) -> String {
        guard kind == .string else { throw mismatch("a string") }
        return text
    }

    /// The value as a whole number.
    public func int() throws(ManifestError) -> Int {
        guard kind == .int else { throw mismatch("a whole number") }
        guard let value = PlainScalar.int(bytes) else { throw error("the number does not fit 64 bits") }
        return value
    }

    /// The value as a boolean.
    public func bool() throws(ManifestError) -> Bool {
        guard kind == .bool else { throw mismatch("true or false") }
        return PlainScalar.bool(bytes)
    }

    /// A text field; nil when it is absent or null.
    public func string(_ key: String) throws(ManifestError) -> String? { try self[key]?.string() }

    /// A whole-number field; nil when it is absent or null.
    public func int(_ key: String) throws(ManifestError) -> Int? { try self[key]?.int() }

    /// A boolean field; nil when it is absent or null.
    public func bool(_ key: String) throws(ManifestError) -> Bool? { try self[key]?.bool() }

    /// A text field that must be there and not be empty.
    public func requiredString(_ key: String) throws(ManifestError) -> String {
        guard let value = try string(key) else { throw error(at: key, "the field is missing") }
        guard !value.isEmpty else { throw error(at: key, "the field is empty") }
        return value
    }

    /// A field that is a mapping; nil when it is absent or null.
    public func mapping(_ key: String) throws(ManifestError) -> Node? {
        guard let value = self[key] else { return nil }
        guard value.kind == .mapping else { throw value.mismatch("a mapping") }
        return value
    }

    /// A field that must be there and be a mapping.
    public func requiredMapping(_ key: String) throws(ManifestError) -> Node {
        guard let value = try mapping(key) else { throw error(at: key, "the field is missing") }
        return value
    }

    /// The elements of a field that is a list; none when it is absent or null.
    public func sequence(_ key: String) throws(ManifestError) -> [Node] {
        guard let value = self[key] else { return [] }
        guard value.kind == .sequence else { throw value.mismatch("a list") }
        return value.elements
    }

    /// The elements of a list field, each of which must be a mapping.
    public func mappings(_ key: String) throws(ManifestError) -> [Node] {
        let elements = try sequence(key)
        for element in elements where element.kind != .mapping { throw element.mismatch("a mapping") }
        return elements
    }

    /// The elements of a list field as text.
    public func strings(_ key: String) throws(ManifestError) -> [String] {
        var strings: [String] = []
        for element in try sequence(key) { strings.append(try element.string()) }
        return strings
    }

    /// A field that maps text to text, such as labels; empty when it is absent or null. A null value counts as absent.
    public func stringMap(_ key: String) throws(ManifestError) -> [String: String] {
        guard let mapping = try mapping(key) else { return [:] }
        var map: [String: String] = [:]
        for entry in mapping.entries where entry.value.kind != .null { map[entry.key.text] = try entry.value.string() }
        return map
    }

    /// An error that the value is of another kind than expected.
    public func mismatch(_ expected: String) -> ManifestError {
        let got =
            switch kind {
            case .null: "nothing"
            case .bool: "a boolean"
            case .int: "a whole number"
            case .float: "a number"
            case .string: "a string"
            case .sequence: "a list"
            case .mapping: "a mapping"
            }
        let canBeQuoted = expected == "a string" && (kind == .bool || kind == .int || kind == .float)
        return error("expected \(expected), got \(got)\(canBeQuoted ? " (put it in quotes)" : "")")
    }
}
