internal import Manifests

/// A JSON tree that tests build and change: `["metadata": ["name": "web"]]`.
public indirect enum JSONValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// Any other number.
    case double(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Keys and values.
    case object([String: JSONValue])

    /// Reads JSON, or the first document of YAML; nil when it is neither.
    public init?(parsing text: [UInt8]) {
        guard let first = JSONValue.documents(in: text).first else { return nil }
        self = first
    }

    /// Reads the documents of a manifest; broken ones are left out.
    public static func documents(in text: [UInt8]) -> [JSONValue] {
        ManifestReader.documents(in: text, file: "object.yaml").compactMap { result in
            guard case .success(let node) = result else { return nil }
            return JSONValue(node)
        }
    }

    private init(_ node: Node) {
        switch node.kind {
        case .null: self = .null
        case .bool: self = .bool((try? node.bool()) ?? false)
        case .int: self = (try? node.int()).map(JSONValue.int) ?? .string(node.text)
        case .float: self = Double(node.text).map(JSONValue.double) ?? .string(node.text)
        case .string: self = .string(node.text)
        case .sequence: self = .array(node.elements.map { JSONValue($0) })
        case .mapping:
            self = .object(Dictionary(node.entries.map { ($0.key.text, JSONValue($0.value)) }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// JSON with sorted keys, on one line.
    public var json: [UInt8] {
        var output = ""
        write(to: &output)
        return Array(output.utf8)
    }

    private func write(to output: inout String) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .int(let value): output += "\(value)"
        case .double(let value): output += "\(value)"
        case .string(let value): output += String(decoding: ManifestWriter.json(.string(value)), as: UTF8.self)
        case .array(let elements):
            output += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { output += "," }
                element.write(to: &output)
            }
            output += "]"
        case .object(let entries):
            output += "{"
            for (position, key) in entries.keys.sorted().enumerated() {
                if position > 0 { output += "," }
                JSONValue.string(key).write(to: &output)
                output += ":"
                (entries[key] ?? .null).write(to: &output)
            }
            output += "}"
        }
    }

    /// The text, or nil when it is something else.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The whole number, or nil when it is something else.
    public var number: Int? {
        guard case .int(let number) = self else { return nil }
        return number
    }

    /// The elements of a list; none of anything else.
    public var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The keys and values of an object; none of anything else.
    public var entries: [String: JSONValue] {
        guard case .object(let entries) = self else { return [:] }
        return entries
    }

    /// A value of an object. Setting one makes an object of anything else; setting nil removes.
    public subscript(_ key: String) -> JSONValue? {
        get { entries[key] }
        set {
            var entries = self.entries
            entries[key] = newValue
            self = .object(entries)
        }
    }

    /// A value further down: `object.at("metadata", "name")`.
    public func at(_ path: String...) -> JSONValue? { path.reduce(self as JSONValue?) { $0?[$1] } }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; the last of equal keys counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
