/// Header fields of a request or a response: order and duplicates are kept, names compare without case. RFC 9110 §5.
///
/// Nothing is checked here; ``HTTPClient`` refuses names and values that are not sendable.
public struct HTTPFields: Hashable, Sendable {
    /// One header field.
    public struct Field: Hashable, Sendable {
        /// The name as given or received; compared without case.
        public var name: String
        /// The value without surrounding white space. Bytes that are not UTF-8 were replaced by U+FFFD.
        public var value: String

        /// Makes a field; nothing is checked.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The fields in order.
    public private(set) var fields: [Field]

    /// Makes an empty list.
    public init() { fields = [] }

    /// Makes a list from names and values, in order, duplicates kept.
    public init(_ pairs: some Sequence<(name: String, value: String)>) {
        fields = pairs.map { Field(name: $0.name, value: $0.value) }
    }

    /// The value of the first field of this name, or nil.
    public func first(_ name: String) -> String? {
        fields.first { HTTPFields.isSameName($0.name, name) }?.value
    }

    /// The values of all fields of this name, in order.
    public func all(_ name: String) -> [String] {
        fields.filter { HTTPFields.isSameName($0.name, name) }.map(\.value)
    }

    /// Whether there is a field of this name.
    public func contains(_ name: String) -> Bool {
        fields.contains { HTTPFields.isSameName($0.name, name) }
    }

    /// Adds a field at the end; others of the same name stay.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Makes this the only field of that name, in the place of the first one or at the end.
    public mutating func set(_ name: String, _ value: String) {
        guard let place = fields.firstIndex(where: { HTTPFields.isSameName($0.name, name) }) else {
            return append(name, value)
        }
        fields[place].value = value
        let later = fields[(place + 1)...].filter { !HTTPFields.isSameName($0.name, name) }
        fields.replaceSubrange((place + 1)..., with: later)
    }

    /// Removes every field of this name.
    public mutating func removeAll(_ name: String) {
        fields.removeAll { HTTPFields.isSameName($0.name, name) }
    }

    /// Replaces the last field, for a line that continues it.
    mutating func replaceLast(with field: Field) {
        fields[fields.count - 1] = field
    }

    /// ASCII letters compare without case, everything else byte by byte. RFC 9110 §5.1.
    static func isSameName(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension HTTPFields: ExpressibleByDictionaryLiteral {
    /// `["Accept": "application/json"]`; duplicates are kept.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }
}

extension HTTPFields: RandomAccessCollection {
    /// Where the fields start.
    public var startIndex: Int { fields.startIndex }
    /// Where the fields end.
    public var endIndex: Int { fields.endIndex }
    /// The field at a place.
    public subscript(position: Int) -> Field { fields[position] }
}
