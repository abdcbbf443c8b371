public import Core

/// A name of the DNS that need not be a host name, such as `_acme-challenge.example.com`: absolute, lower case, without the trailing dot.
///
/// RFC 1035 §2.3.4: labels of 1...63 bytes, 253 characters. Labels are printable ASCII without dots, quotes and backslashes; what else the
/// wire allows no record that we ask for has.
public struct DomainName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name; `.` for the root.
    public let text: String

    /// The root of all names.
    public static let root = DomainName(checked: ".")

    /// Checks and normalises a name; any case, one trailing dot allowed.
    ///
    /// - Throws: `.invalidName` with the rule that it breaks.
    public init(_ text: String) throws(DNSError) {
        if text == "." {
            self = .root
            return
        }
        var body = Substring(text)
        if body.hasSuffix(".") { body = body.dropLast() }
        guard !body.isEmpty else { throw DomainName.refused(text, "it is empty") }
        guard body.utf8.count <= 253 else { throw DomainName.refused(text, "it is longer than 253 bytes") }
        for label in body.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !label.isEmpty else { throw DomainName.refused(text, "a label is empty") }
            guard label.count <= 63 else { throw DomainName.refused(text, "a label is longer than 63 bytes") }
            for byte in label where !DomainName.mayStandInLabel(byte) {
                throw DomainName.refused(text, "byte 0x\(String(byte, radix: 16)) is not allowed in a label")
            }
        }
        self.text = body.lowercased()
    }

    /// The same name as one for the DNS; a wildcard keeps its `*`.
    public init(_ name: DNSName) { text = name.ascii }

    private init(checked text: String) { self.text = text }

    /// Reads labels as they stand on the wire, uncompressed and with the empty one at the end.
    ///
    /// - Returns: nil when they hold bytes that a `DomainName` has not, or do not end where the bytes end.
    init?(wire: [UInt8]) {
        var bytes: [UInt8] = []
        var position = 0
        while position < wire.count, wire[position] > 0 {
            let end = position + 1 + Int(wire[position])
            guard wire[position] <= 63, end < wire.count else { return nil }
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ".")) }
            for byte in wire[(position + 1)..<end] {
                guard DomainName.mayStandInLabel(byte) else { return nil }
                bytes.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
            }
            position = end
        }
        guard position == wire.count - 1, bytes.count <= 253 else { return nil }
        text = bytes.isEmpty ? "." : String(decoding: bytes, as: UTF8.self)
    }

    /// The name without its first label; nil for the root.
    public var parent: DomainName? {
        guard self != .root else { return nil }
        guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return .root }
        return DomainName(checked: String(text[text.utf8.index(after: dot)...]))
    }

    /// Whether the name is that one or lies below it.
    public func isSubdomain(of other: DomainName) -> Bool {
        other == .root || self == other || text.hasSuffix("." + other.text)
    }

    /// The name with another label in front.
    ///
    /// - Throws: `.invalidName` when that is too long or not a label.
    public func child(_ label: String) throws(DNSError) -> DomainName {
        try DomainName(self == .root ? label : label + "." + text)
    }

    /// The name without a leading `*.`, and whether there was one.
    public var withoutWildcard: (name: DomainName, isWildcard: Bool) {
        guard text.hasPrefix("*."), let parent else { return (self, false) }
        return (parent, true)
    }

    /// The name; `.` for the root.
    public var description: String { text }

    /// Orders by the text.
    public static func < (left: DomainName, right: DomainName) -> Bool { left.text < right.text }

    /// With the trailing dot, as libldns reads it.
    var absolute: String { self == .root ? "." : text + "." }

    private static func mayStandInLabel(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && ![UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: ";")].contains(byte)
    }

    private static func refused(_ text: String, _ why: String) -> DNSError {
        DNSError(.invalidName(why), subject: "\"\(text.oneLine(bytesMax: 80))\"")
    }
}
