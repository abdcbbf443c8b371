/// The parts of a DNS message that anybody here asks for. RFC 1035 §4.1.
struct Message: Hashable, Sendable {
    /// The first twelve octets.
    struct Header: Hashable, Sendable {
        var id: UInt16
        var isResponse: Bool
        /// 0 for a query, 5 for an update.
        var opcode: UInt8
        var isAuthoritative: Bool
        var isTruncated: Bool
        /// Four bits of it.
        var code: Int
        /// Of questions, answers, authority and additional records.
        var counts: [Int]

        /// Nil when there are fewer octets.
        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 12 else { return nil }
            func word(_ index: Int) -> UInt16 { UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]) }
            id = word(0)
            isResponse = bytes[2] & 0x80 != 0
            opcode = bytes[2] >> 3 & 15
            isAuthoritative = bytes[2] & 4 != 0
            isTruncated = bytes[2] & 2 != 0
            code = Int(bytes[3] & 15)
            counts = [4, 6, 8, 10].map { Int(word($0)) }
        }
    }

    /// A record of class IN, or one of the protocol itself.
    struct Record: Hashable, Sendable {
        /// Nil for a name that we do not ask for anyway.
        let owner: DomainName?
        let type: RecordType
        let data: RecordData
    }

    /// What a record says.
    enum RecordData: Hashable, Sendable {
        /// A, AAAA: in text.
        case address(String)
        /// CNAME, NS.
        case name(DomainName)
        /// TXT: its character-strings joined.
        case text([UInt8])
        case caa(CAARecord)
        case signature(Signature)
        /// A type that nobody asks for, or SOA, of which only the owner counts.
        case other
        /// Not what its type demands.
        case malformed
    }

    /// The fields of a TSIG record that are looked at here; libldns verifies the rest. RFC 8945 §4.2.
    struct Signature: Hashable, Sendable {
        let algorithm: DomainName?
        /// Seconds since 1970.
        let time: UInt64
        let error: Int
    }

    var header: Header
    /// With the upper bits of EDNS.
    var code: ResponseCode
    var answers: [Record] = []
    var authority: [Record] = []
    /// TSIG, with its key name; only ever the last record.
    var signature: Record?
}
