internal import CLDNS
internal import Glibc

/// The only owner of one message that libldns makes or verifies.
@safe struct Packet: ~Copyable {
    private let packet: UnsafeMutablePointer<ldns_pkt>

    private init(owning packet: UnsafeMutablePointer<ldns_pkt>) { unsafe self.packet = packet }

    deinit { unsafe ldns_pkt_free(packet) }

    /// A question, with EDNS unless told otherwise.
    static func query(_ question: Question, id: UInt16, isRecursionDesired: Bool, hasEDNS: Bool) -> Packet? {
        // SAFETY: the packet takes the name over; it is freed here when there is no packet.
        guard let name = unsafe ldns_dname_new_frm_str(question.name.absolute) else { return nil }
        let type = ldns_rr_type(rawValue: UInt32(question.type.rawValue))
        let flags = isRecursionDesired ? UInt16(LDNS_RD) : 0
        guard let made = unsafe ldns_pkt_query_new(name, type, LDNS_RR_CLASS_IN, flags) else {
            unsafe ldns_rdf_deep_free(name)
            return nil
        }
        let query = unsafe Packet(owning: made)
        unsafe ldns_pkt_set_id(query.packet, id)
        if hasEDNS { unsafe ldns_pkt_set_edns_udp_size(query.packet, DNSLimits.datagramBytes) }
        return query
    }

    /// An update of one record. RFC 2136 §2.
    static func update(_ change: RecordChange, zone: DomainName, id: UInt16) -> Packet? {
        guard let list = unsafe ldns_rr_list_new() else { return nil }
        defer { unsafe ldns_rr_list_deep_free(list) }
        guard let record = unsafe record(of: change) else { return nil }
        guard unsafe ldns_rr_list_push_rr(list, record) else {
            unsafe ldns_rr_free(record)
            return nil
        }
        // SAFETY: the packet takes the zone's name over and copies the list.
        guard let name = unsafe ldns_dname_new_frm_str(zone.absolute) else { return nil }
        guard let made = unsafe ldns_update_pkt_new(name, LDNS_RR_CLASS_IN, nil, list, nil) else {
            unsafe ldns_rdf_deep_free(name)
            return nil
        }
        let update = unsafe Packet(owning: made)
        unsafe ldns_pkt_set_id(update.packet, id)
        // libldns sets it in every message; an update has reserved bits there. RFC 2136 §2.2.
        unsafe ldns_pkt_set_rd(update.packet, false)
        return update
    }

    /// Signs the message, whose last change this has to be.
    ///
    /// - Returns: the MAC, with its length in front as the answer's signature covers it; nil when that is not possible.
    func sign(with key: TSIGKey) -> [UInt8]? {
        let status = key.secret.withCString { secret in
            unsafe ldns_pkt_tsig_sign(packet, key.name.absolute, secret, DNSLimits.tsigFudgeSeconds, key.algorithm.domainName, nil)
        }
        // SAFETY: both belong to the packet.
        guard status == LDNS_STATUS_OK, let record = unsafe ldns_pkt_tsig(packet), let mac = unsafe ldns_rr_rdf(record, 3) else {
            return nil
        }
        guard let data = unsafe ldns_rdf_data(mac) else { return nil }
        return unsafe Array(UnsafeBufferPointer(start: data, count: ldns_rdf_size(mac)))
    }

    /// The message on the wire.
    func bytes() -> [UInt8]? {
        var wire: UnsafeMutablePointer<UInt8>?
        var count = 0
        // SAFETY: the library allocates with malloc, and only when it succeeds.
        guard unsafe ldns_pkt2wire(&wire, packet, &count) == LDNS_STATUS_OK, let wire = unsafe wire else { return nil }
        defer { unsafe free(wire) }
        return unsafe Array(UnsafeBufferPointer(start: wire, count: count))
    }

    /// Whether the last record of an answer is a signature over it, made with this key for the request with this MAC. Not when.
    ///
    /// - Parameter answer: at most ``DNSLimits/signedAnswerBytesMax``, with one TSIG record, the last, of this key's algorithm. The caller has
    ///   looked; libldns has not.
    static func isSigned(_ answer: [UInt8], by key: TSIGKey, requestMAC: [UInt8]) -> Bool {
        // libldns digests in 64 KiB without looking whether it all fits.
        precondition(answer.count <= DNSLimits.signedAnswerBytesMax, "an answer that is too large to be verified")
        var parsed: UnsafeMutablePointer<ldns_pkt>?
        guard unsafe ldns_wire2pkt(&parsed, answer, answer.count) == LDNS_STATUS_OK, let parsed = unsafe parsed else { return false }
        let packet = unsafe Packet(owning: parsed)
        guard let signature = unsafe ldns_pkt_tsig(packet.packet) else { return false }
        guard let mac = unsafe ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, requestMAC.count, requestMAC) else { return false }
        defer { unsafe ldns_rdf_deep_free(mac) }
        let isGood = key.secret.withCString { secret in
            unsafe ldns_pkt_tsig_verify(packet.packet, answer, answer.count, key.name.absolute, secret, mac)
        }
        // On some failures the library takes the record out and does not put it back.
        if unsafe ldns_pkt_tsig(packet.packet) == nil { unsafe ldns_pkt_set_tsig(packet.packet, signature) }
        return isGood == true
    }

    private static func record(of change: RecordChange) -> UnsafeMutablePointer<ldns_rr>? {
        guard let record = unsafe ldns_rr_new() else { return nil }
        // SAFETY: the record takes the name and the strings over.
        unsafe ldns_rr_set_owner(record, ldns_dname_new_frm_str(change.name.absolute))
        unsafe ldns_rr_set_type(record, LDNS_RR_TYPE_TXT)
        unsafe ldns_rr_set_class(record, change.isAddition ? LDNS_RR_CLASS_IN : LDNS_RR_CLASS_NONE)
        unsafe ldns_rr_set_ttl(record, change.ttl)
        for string in change.strings {
            let field = [UInt8(string.count)] + string
            guard let made = unsafe ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, field.count, field), unsafe ldns_rr_push_rdf(record, made)
            else {
                unsafe ldns_rr_free(record)
                return nil
            }
        }
        return unsafe record
    }
}
