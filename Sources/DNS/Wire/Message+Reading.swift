internal import Core

extension Message {
    /// Reads a whole message.
    ///
    /// Record for record, not `ldns_wire2pkt`: that one loses all but the last of several TSIG records, and believes the records behind one
    /// whose data is longer or shorter than its length says to be where that data ended.
    ///
    /// - Throws: what is malformed. A record whose data does not fit its type is none of that: it is there, as `.malformed`.
    init(reading bytes: [UInt8]) throws(MalformedMessage) {
        guard let header = Header(bytes) else { throw MalformedMessage(words: "\(bytes.count) bytes are too few for a header") }
        let total = header.counts.reduce(0, +)
        guard total <= DNSLimits.recordsMax else {
            throw MalformedMessage(words: "it has \(total) records; the limit is \(DNSLimits.recordsMax)")
        }
        self.header = header
        code = ResponseCode(rawValue: header.code)
        var position = 12
        for _ in 0..<header.counts[0] { _ = try ParsedRecord(question: bytes, at: &position) }
        for _ in 0..<header.counts[1] {
            if let record = try Message.record(of: bytes, at: &position) { answers.append(record) }
        }
        for _ in 0..<header.counts[2] {
            if let record = try Message.record(of: bytes, at: &position) { authority.append(record) }
        }
        for left in (0..<header.counts[3]).reversed() { try readAdditional(bytes, at: &position, isLast: left == 0) }
    }

    /// The only question of a message.
    ///
    /// - Returns: nil when it has none or several, another class, or is malformed.
    static func question(of bytes: [UInt8]) -> Question? {
        guard let header = Header(bytes), header.counts[0] == 1 else { return nil }
        var position = 12
        guard let parsed = try? ParsedRecord(question: bytes, at: &position), parsed.isInternet else { return nil }
        return parsed.owner.map { Question(name: $0, type: parsed.type) }
    }

    private mutating func readAdditional(_ bytes: [UInt8], at position: inout Int, isLast: Bool) throws(MalformedMessage) {
        let parsed = try ParsedRecord(bytes, at: &position)
        switch parsed.type {
        case .opt:
            code = ResponseCode(rawValue: Int(parsed.ttl >> 24) << 4 | header.code)
        case .tsig:
            // RFC 8945 §5.1: in any other place, and twice, it is a format error.
            guard isLast, parsed.isWhole, let fields = Message.signature(parsed, id: header.id) else {
                throw MalformedMessage(words: "its TSIG record is not the last one, or not as it has to be")
            }
            signature = Record(owner: parsed.owner, type: .tsig, data: .signature(fields))
        default: break
        }
    }

    /// The next record; nil for one of a class other than IN.
    private static func record(of bytes: [UInt8], at position: inout Int) throws(MalformedMessage) -> Record? {
        let parsed = try ParsedRecord(bytes, at: &position)
        guard parsed.type != .tsig else { throw MalformedMessage(words: "its TSIG record is not the last one, or not as it has to be") }
        guard parsed.isInternet else { return nil }
        return Record(owner: parsed.owner, type: parsed.type, data: parsed.isWhole ? data(of: parsed) : .malformed)
    }
}

extension Message {
    private static func data(of parsed: borrowing ParsedRecord) -> RecordData {
        switch parsed.type {
        case .a, .aaaa:
            parsed.field(0).flatMap(IPAddressText.text(of:)).map { .address($0) } ?? .malformed
        case .cname, .ns:
            parsed.field(0).flatMap(DomainName.init(wire:)).map { .name($0) } ?? .malformed
        case .txt: text(of: parsed)
        case .caa: caa(parsed)
        case .soa: parsed.fieldCount == 7 ? .other : .malformed
        default: .other
        }
    }

    private static func text(of parsed: borrowing ParsedRecord) -> RecordData {
        var bytes: [UInt8] = []
        guard parsed.fieldCount > 0 else { return .malformed }
        // Each field has its length in front.
        for index in 0..<parsed.fieldCount { bytes += parsed.field(index)?.dropFirst() ?? [] }
        return .text(bytes)
    }

    /// RFC 8659 §4.1: flags, tag with its length, value up to the end, which may be empty.
    private static func caa(_ parsed: borrowing ParsedRecord) -> RecordData {
        guard let flags = parsed.field(0)?.first, let tag = parsed.field(1)?.dropFirst(), !tag.isEmpty else { return .malformed }
        return .caa(
            CAARecord(
                flags: flags, tag: String(decoding: tag, as: UTF8.self), value: String(decoding: parsed.field(2) ?? [], as: UTF8.self)))
    }

    /// RFC 8945 §4.2. libldns looks neither at class and TTL nor at the original identifier, which no signature covers.
    private static func signature(_ parsed: borrowing ParsedRecord, id: UInt16) -> Signature? {
        guard parsed.isAnyClass, parsed.ttl == 0, parsed.fieldCount == 7 else { return nil }
        guard let algorithm = parsed.field(0), let time = parsed.field(1), let originalID = parsed.field(4), let error = parsed.field(5)
        else {
            return nil
        }
        guard time.count == 6, error.count == 2, originalID == [UInt8(id >> 8), UInt8(id & 0xFF)] else { return nil }
        return Signature(
            algorithm: DomainName(wire: algorithm), time: time.reduce(0) { $0 << 8 | UInt64($1) }, error: Int(error[0]) << 8 | Int(error[1])
        )
    }
}
