internal import CLDNS
internal import Core

/// The only owner of one record that libldns has parsed.
@safe struct ParsedRecord: ~Copyable {
    private let record: UnsafeMutablePointer<ldns_rr>

    /// Whether the data ended where its length says.
    let isWhole: Bool

    /// Parses the question that begins at `position`, and moves that behind it.
    init(question bytes: [UInt8], at position: inout Int) throws(MalformedMessage) {
        unsafe record = try ParsedRecord.parse(bytes, at: &position, section: LDNS_SECTION_QUESTION)
        isWhole = true
    }

    /// Parses the record that begins at `position`, and moves that behind what its length says, wherever libldns has stopped.
    init(_ bytes: [UInt8], at position: inout Int) throws(MalformedMessage) {
        // Behind the owner, whose end only libldns knows: type, class, TTL, length. RFC 1035 §4.1.3. What it takes for a question ends
        // before the TTL.
        var fixed = position
        _ = try ParsedRecord(question: bytes, at: &fixed)
        let lengthAt = fixed + 4
        guard lengthAt + 2 <= bytes.count else { throw MalformedMessage(words: "a record is cut off") }
        var next = position
        unsafe record = try ParsedRecord.parse(bytes, at: &next, section: LDNS_SECTION_ANSWER)
        position = lengthAt + 2 + (Int(bytes[lengthAt]) << 8 | Int(bytes[lengthAt + 1]))
        isWhole = next == position
    }

    /// libldns checks every length and compression pointer against the end of the message; its words are the error.
    private static func parse(
        _ bytes: [UInt8], at position: inout Int, section: ldns_pkt_section
    ) throws(MalformedMessage) -> UnsafeMutablePointer<ldns_rr> {
        var parsed: UnsafeMutablePointer<ldns_rr>?
        // SAFETY: libldns reads below `count` only, and makes a record exactly when it succeeds.
        let status = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe ldns_wire2rr(&parsed, bytes.baseAddress, bytes.count, &position, section)
        }
        guard status == LDNS_STATUS_OK, let parsed = unsafe parsed else { throw MalformedMessage(status) }
        return unsafe parsed
    }

    deinit { unsafe ldns_rr_free(record) }

    var type: RecordType { RecordType(rawValue: UInt16(truncatingIfNeeded: unsafe ldns_rr_get_type(record).rawValue)) }
    var isInternet: Bool { unsafe ldns_rr_get_class(record) == LDNS_RR_CLASS_IN }
    var isAnyClass: Bool { unsafe ldns_rr_get_class(record) == LDNS_RR_CLASS_ANY }
    var ttl: UInt32 { unsafe ldns_rr_ttl(record) }
    var owner: DomainName? { unsafe ParsedRecord.octets(ldns_rr_owner(record)).flatMap(DomainName.init(wire:)) }
    var fieldCount: Int { unsafe ldns_rr_rd_count(record) }

    /// The octets of one field, as on the wire but without compression; nil when there is none.
    func field(_ index: Int) -> [UInt8]? {
        index < fieldCount ? unsafe ParsedRecord.octets(ldns_rr_rdf(record, index)) : nil
    }

    private static func octets(_ field: UnsafeMutablePointer<ldns_rdf>?) -> [UInt8]? {
        guard let field = unsafe field else { return nil }
        let count = unsafe ldns_rdf_size(field)
        guard count > 0, let data = unsafe ldns_rdf_data(field) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: data, count: count))
    }
}

/// Bytes that are no DNS message.
struct MalformedMessage: Error, Hashable, Sendable {
    let words: String

    init(words: String) { self.words = words }

    init(_ status: ldns_status) {
        // SAFETY: a static string of the library, or NULL.
        words =
            unsafe ldns_get_errorstr_by_id(status).map { unsafe String(cString: $0).lowercased() } ?? "libldns status \(status.rawValue)"
    }
}
