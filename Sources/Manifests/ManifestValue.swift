/// A value to be written as YAML or JSON. Keys keep their order.
public indirect enum ManifestValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// Another number. What is not finite is written as null: JSON has no word for it.
    case double(Double)
    /// Text.
    case string(String)
    /// A list.
    case sequence([ManifestValue])
    /// Keys and values in the order of writing.
    case mapping([Entry])

    /// A key and its value.
    public struct Entry: Hashable, Sendable {
        /// The key.
        public let key: String
        /// The value.
        public let value: ManifestValue

        /// Makes an entry from its parts.
        public init(_ key: String, _ value: ManifestValue) {
            self.key = key
            self.value = value
        }
    }

    /// Texts under their keys, sorted by key.
    public static func mapping(of texts: [String: String]) -> ManifestValue {
        .mapping(texts.keys.sorted().map { Entry($0, .string(texts[$0] ?? "")) })
    }
}
