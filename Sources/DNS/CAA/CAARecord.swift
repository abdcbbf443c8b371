internal import Core

/// A CAA record. RFC 8659 §4.1.
public struct CAARecord: Hashable, Sendable, CustomStringConvertible {
    /// All flags; 128 is the critical one.
    public let flags: UInt8
    /// Lower case.
    public let tag: String
    /// The value; bytes that are not UTF-8 are replaced.
    public let value: String

    /// Makes a record.
    public init(flags: UInt8 = 0, tag: String, value: String) {
        self.flags = flags
        self.tag = tag.lowercased()
        self.value = value
    }

    /// Whether a CA that does not know the tag must not issue.
    public var isCritical: Bool { flags & 128 != 0 }

    /// As in a zone file, such as `0 issue "letsencrypt.org"`, on one line.
    public var description: String {
        "\(flags) \(tag.oneLine(bytesMax: DNSLimits.wordsBytesMax)) \"\(value.oneLine(bytesMax: DNSLimits.wordsBytesMax))\""
    }
}
