/// What other tracing systems have written into `tracestate`. W3C Trace Context §3.3. It is checked and handed on, never interpreted.
public struct TraceState: Sendable, Hashable {
    /// The members in order, `key=value`, without white space around them.
    public let members: [String]

    /// Reads the values of all fields of a request, in order; empty ones count for nothing.
    ///
    /// - Returns: nil when one member is malformed, a key comes twice, or there are more than ``membersMax``: then none of it is to be
    ///   handed on.
    public init?(_ values: [[UInt8]]) {
        var members: [String] = []
        var keys: Set<[UInt8]> = []
        for value in values {
            for element in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                let member = Self.trimmed(element)
                if member.isEmpty { continue }
                guard members.count < Self.membersMax, let key = Self.key(of: member), keys.insert(Array(key)).inserted else { return nil }
                members.append(String(decoding: member, as: UTF8.self))
            }
        }
        self.members = members
    }

    /// The value of one field with all of it; empty when there is nothing.
    public var text: String { members.joined(separator: ",") }

    /// §3.3.1.1.
    public static let membersMax = 32

    /// The key of a well-formed member. §3.3.1.3.
    private static func key(of member: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = member[..<equals]
        let value = member[(equals + 1)...]
        guard isKey(key), (1...256).contains(value.count), value.last != 0x20 else { return nil }
        return value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") } ? key : nil
    }

    /// A name, or one of a tenant in a system: `TENANT@SYSTEM`.
    private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
        let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isName(parts[0], bytesMax: 256, mayBeginWithDigit: false)
        case 2:
            return isName(parts[0], bytesMax: 241, mayBeginWithDigit: true) && isName(parts[1], bytesMax: 14, mayBeginWithDigit: false)
        default: return false
        }
    }

    private static func isName(_ name: ArraySlice<UInt8>, bytesMax: Int, mayBeginWithDigit: Bool) -> Bool {
        guard let first = name.first, name.count <= bytesMax, isLetter(first) || (mayBeginWithDigit && isDigit(first)) else { return false }
        return name.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func trimmed(_ element: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = element.drop { $0 == 0x20 || $0 == 0x09 }
        return start.prefix(start.count - start.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count)
    }
}
