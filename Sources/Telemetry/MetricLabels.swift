/// The labels of one or more samples, escaped once: `name="web",namespace="shop"`.
public struct MetricLabels: Sendable, Hashable {
    /// No labels.
    public static let none = MetricLabels([])

    /// As they stand between the braces.
    let bytes: [UInt8]

    /// Labels from names and values, in this order. Names must be of the form `[a-zA-Z_][a-zA-Z0-9_]*`; values may be anything.
    public init(_ labels: [(name: StaticString, value: String)]) {
        var bytes: [UInt8] = []
        for label in labels { Self.append(label.name, label.value, to: &bytes) }
        self.bytes = bytes
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The same labels and one more.
    public func with(_ name: StaticString, _ value: String) -> MetricLabels {
        var bytes = bytes
        Self.append(name, value, to: &bytes)
        return MetricLabels(bytes: bytes)
    }

    private static func append(_ name: StaticString, _ value: String, to bytes: inout [UInt8]) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: name.description.utf8)
        bytes.append(contentsOf: "=\"".utf8)
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension MetricLabels: Comparable {
    /// By their text.
    public static func < (left: MetricLabels, right: MetricLabels) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
