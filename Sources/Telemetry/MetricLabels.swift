/// The labels of one or more samples, escaped once: `name="web",namespace="shop"`.
public struct MetricLabels: Sendable, Hashable {
    /// No labels.
    public static let none = MetricLabels([])

    /// As they stand between the braces.
    let bytes: [UInt8]

    /// Labels from names and values, in this order. Names must be of the form `[a-zA-Z_][a-zA-Z0-9_]*`; values may be anything.
    public init(_ labels: [(name: StaticString, value: String)]) {
        self.init(nil, labels)
    }

    /// The same labels and more.
    public func with(_ labels: [(name: StaticString, value: String)]) -> MetricLabels { MetricLabels(self, labels) }

    /// The same labels and one more.
    public func with(_ name: StaticString, _ value: String) -> MetricLabels { MetricLabels(self, [(name, value)]) }

    private init(_ first: MetricLabels?, _ labels: [(name: StaticString, value: String)]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            labels.reduce(first?.bytes.count ?? 0) { $0 + $1.name.utf8CodeUnitCount + $1.value.utf8.count + Self.punctuationBytes })
        if let first { bytes.append(contentsOf: first.bytes) }
        for label in labels { Self.append(label.name, label.value, to: &bytes) }
        self.bytes = bytes
    }

    private static func append(_ name: StaticString, _ value: String, to bytes: inout [UInt8]) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: name.description.utf8)
        bytes.append(contentsOf: "=\"".utf8)
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        if bytes[start...].contains(where: { isEscaped($0) }) {
            bytes.removeLast(bytes.count - start)
            appendEscaped(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
    }

    private static func appendEscaped(_ value: String, to bytes: inout [UInt8]) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            default: bytes.append(byte)
            }
        }
    }

    /// A comma, an equals sign and two quotes.
    private static var punctuationBytes: Int { 4 }
}

extension MetricLabels: Comparable {
    /// By their text.
    public static func < (left: MetricLabels, right: MetricLabels) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}
