extension ClientHello {
    /// Reads the body of a ClientHello message, that is, what follows the four bytes of the handshake header. RFC 8446 §4.1.2.
    ///
    /// Nil when a length does not fit. A repeated extension is left to the TLS library, which refuses it; here the first one counts.
    init?(body: Span<UInt8>) {
        var cursor = Cursor(end: body.count)
        guard let legacyVersion = cursor.uint16(body), cursor.skip(32),
            cursor.vector8(body) != nil,  // legacy_session_id
            cursor.vector16(body) != nil,  // cipher_suites
            cursor.vector8(body) != nil  // legacy_compression_methods
        else { return nil }
        versions = [legacyVersion]
        // A ClientHello without extensions ends here. RFC 5246 §7.4.1.2.
        if cursor.isAtEnd { return }
        guard var extensions = cursor.vector16(body), cursor.isAtEnd else { return nil }
        var seen: (name: Bool, alpn: Bool, versions: Bool) = (false, false, false)
        while !extensions.isAtEnd {
            guard let type = extensions.uint16(body), let content = extensions.vector16(body) else { return nil }
            switch type {
            case Self.serverNameExtension where !seen.name:
                seen.name = true
                guard readServerName(body, content) else { return nil }
            case Self.alpnExtension where !seen.alpn:
                seen.alpn = true
                guard readApplicationProtocols(body, content) else { return nil }
            case Self.supportedVersionsExtension where !seen.versions:
                seen.versions = true
                guard readVersions(body, content) else { return nil }
            default:
                break
            }
        }
    }

    /// RFC 6066 §3: a list of names, of which only type 0 (`host_name`) was ever defined.
    private mutating func readServerName(_ body: Span<UInt8>, _ content: Cursor) -> Bool {
        var content = content
        guard var list = content.vector16(body), content.isAtEnd else { return false }
        while !list.isAtEnd {
            guard let type = list.uint8(body), let name = list.vector16(body) else { return false }
            if type == 0, serverName == nil { serverName = Self.hostName(body.extracting(name.range)) }
        }
        return true
    }

    /// RFC 7301 §3.1.
    private mutating func readApplicationProtocols(_ body: Span<UInt8>, _ content: Cursor) -> Bool {
        var content = content
        guard var list = content.vector16(body), content.isAtEnd else { return false }
        while !list.isAtEnd {
            guard let name = list.vector8(body), !name.isAtEnd else { return false }
            applicationProtocols.append(Self.text(body.extracting(name.range)))
        }
        return true
    }

    /// RFC 8446 §4.2.1.
    private mutating func readVersions(_ body: Span<UInt8>, _ content: Cursor) -> Bool {
        var content = content
        guard var list = content.vector8(body), content.isAtEnd else { return false }
        versions.removeAll()
        while !list.isAtEnd {
            guard let version = list.uint16(body) else { return false }
            versions.append(version)
        }
        return true
    }

    private static func hostName(_ bytes: Span<UInt8>) -> String? {
        var count = bytes.count
        if count > 0, bytes[count - 1] == UInt8(ascii: ".") { count -= 1 }
        guard (1...hostNameBytesMax).contains(count) else { return nil }
        for index in 0..<count where !isHostNameByte(bytes[index]) { return nil }
        return String(capacity: count) { index in
            let byte = bytes[index]
            return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        String(capacity: bytes.count) { bytes[$0] }
    }

    private static func isHostNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static let serverNameExtension: UInt16 = 0
    private static let alpnExtension: UInt16 = 16
    private static let supportedVersionsExtension: UInt16 = 43
    /// RFC 1035 §2.3.4.
    private static let hostNameBytesMax = 253
}

/// A position in a message and the end of the vector being read; every read checks that it fits. RFC 8446 §3.4.
private struct Cursor {
    private var position: Int
    private let end: Int

    init(end: Int) { (position, self.end) = (0, end) }

    private init(range: Range<Int>) { (position, end) = (range.lowerBound, range.upperBound) }

    var isAtEnd: Bool { position == end }
    var range: Range<Int> { position..<end }

    mutating func skip(_ count: Int) -> Bool {
        guard end - position >= count else { return false }
        position += count
        return true
    }

    mutating func uint8(_ bytes: Span<UInt8>) -> UInt8? {
        guard end - position >= 1 else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func uint16(_ bytes: Span<UInt8>) -> UInt16? {
        guard end - position >= 2 else { return nil }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    /// A vector with a length of one byte; the cursor moves behind it.
    mutating func vector8(_ bytes: Span<UInt8>) -> Cursor? {
        uint8(bytes).flatMap { take(Int($0)) }
    }

    /// A vector with a length of two bytes; the cursor moves behind it.
    mutating func vector16(_ bytes: Span<UInt8>) -> Cursor? {
        uint16(bytes).flatMap { take(Int($0)) }
    }

    private mutating func take(_ count: Int) -> Cursor? {
        let start = position
        return skip(count) ? Cursor(range: start..<(start + count)) : nil
    }
}

extension String {
    /// Decodes `capacity` bytes given one by one as UTF-8, repairing what is not.
    fileprivate init(capacity: Int, _ byte: (Int) -> UInt8) {
        self.init(decoding: (0..<capacity).map(byte), as: UTF8.self)
    }
}
