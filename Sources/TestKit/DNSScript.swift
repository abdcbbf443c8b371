/// A question as a scripted DNS server sees it.
public struct DNSRequest: Sendable {
    /// The whole message.
    public let bytes: [UInt8]
    /// Whether it came over TCP.
    public let isTCP: Bool
    /// How many questions this server had before.
    public let earlier: Int
    /// The port it came from.
    public let sourcePort: Int

    /// Makes one, for answers without a server.
    public init(bytes: [UInt8], isTCP: Bool = false, earlier: Int = 0, sourcePort: Int = 0) {
        self.bytes = bytes
        self.isTCP = isTCP
        self.earlier = earlier
        self.sourcePort = sourcePort
    }

    /// The identifier.
    public var id: UInt16 { bytes.count < 2 ? 0 : UInt16(bytes[0]) << 8 | UInt16(bytes[1]) }

    /// The name asked for, lower case, without the trailing dot.
    public var name: String { question.name }

    /// The number of the type asked for.
    public var type: UInt16 { question.type }

    /// Whether there is an OPT record, which this recognises by a message that goes on behind its question.
    public var hasEDNS: Bool { bytes.count > questionEnd }

    /// Where the question ends.
    public var questionEnd: Int { question.end }

    private var question: (name: String, type: UInt16, end: Int) {
        var labels: [String] = []
        var position = 12
        while position < bytes.count, bytes[position] > 0 {
            let end = min(bytes.count, position + 1 + Int(bytes[position]))
            labels.append(String(decoding: bytes[(position + 1)..<end], as: UTF8.self))
            position = end
        }
        guard position + 5 <= bytes.count else { return (labels.joined(separator: "."), 0, bytes.count) }
        let type = UInt16(bytes[position + 1]) << 8 | UInt16(bytes[position + 2])
        return (labels.joined(separator: ".").lowercased(), type, position + 5)
    }
}

/// A record for an answer of a scripted DNS server.
public struct DNSScriptRecord: Sendable {
    /// Owner, without the trailing dot.
    public let name: String
    /// Number of the type.
    public let type: UInt16
    /// The data as it goes out; nothing is checked.
    public let data: [UInt8]

    /// Any record.
    public init(name: String, type: UInt16, data: [UInt8]) {
        self.name = name
        self.type = type
        self.data = data
    }

    /// A TXT record of one character-string of up to 255 bytes.
    public static func txt(_ name: String, _ value: String) -> Self { txt(name, strings: [Array(value.utf8)]) }

    /// A TXT record of several character-strings.
    public static func txt(_ name: String, strings: [[UInt8]]) -> Self {
        Self(name: name, type: 16, data: strings.flatMap { [UInt8($0.count)] + $0 })
    }

    /// A CNAME record.
    public static func cname(_ name: String, _ target: String) -> Self { Self(name: name, type: 5, data: DNSReply.wire(target)) }

    /// An NS record.
    public static func ns(_ name: String, _ target: String) -> Self { Self(name: name, type: 2, data: DNSReply.wire(target)) }

    /// An A record of four octets.
    public static func a(_ name: String, _ octets: [UInt8]) -> Self { Self(name: name, type: 1, data: octets) }

    /// An SOA record with some numbers in it.
    public static func soa(_ name: String) -> Self {
        Self(name: name, type: 6, data: DNSReply.wire("ns." + name) + DNSReply.wire("admin." + name) + [UInt8](repeating: 1, count: 20))
    }

    /// A CAA record.
    public static func caa(_ name: String, _ tag: String, _ value: String, flags: UInt8 = 0) -> Self {
        Self(name: name, type: 257, data: [flags, UInt8(tag.utf8.count)] + tag.utf8 + value.utf8)
    }
}

/// Messages for a scripted DNS server, well-formed unless the script takes care that they are not.
public enum DNSReply {
    /// An answer that repeats identifier and question.
    ///
    /// - Parameter flags: AA 0x0400, TC 0x0200, RA 0x0080 and so on; QR is added.
    public static func answer(
        _ request: DNSRequest, code: UInt8 = 0, flags: UInt16 = 0, answers: [DNSScriptRecord] = [], authority: [DNSScriptRecord] = []
    ) -> [UInt8] {
        let opcode = request.bytes.count > 2 ? UInt16(request.bytes[2] & 0x78) << 8 : 0
        var bytes = word(request.id) + word(0x8000 | opcode | flags | UInt16(code))
        bytes += word(1) + word(UInt16(answers.count)) + word(UInt16(authority.count)) + word(0)
        bytes += request.bytes.count >= request.questionEnd ? Array(request.bytes[12..<request.questionEnd]) : []
        for record in answers + authority {
            bytes += wire(record.name) + word(record.type) + word(1) + [0, 0, 0, 60]
            bytes += word(UInt16(record.data.count)) + record.data
        }
        return bytes
    }

    /// A name without compression.
    public static func wire(_ name: String) -> [UInt8] {
        guard !name.isEmpty, name != "." else { return [0] }
        return name.split(separator: ".", omittingEmptySubsequences: false).flatMap { [UInt8($0.utf8.count)] + $0.utf8 } + [0]
    }

    /// Two octets, the higher one first.
    public static func word(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
}
