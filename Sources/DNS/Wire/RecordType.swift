/// A type of records, by its number (RFC 1035 §3.2.2 and later).
struct RecordType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt16

    static let a = RecordType(rawValue: 1)
    static let ns = RecordType(rawValue: 2)
    static let cname = RecordType(rawValue: 5)
    static let soa = RecordType(rawValue: 6)
    static let txt = RecordType(rawValue: 16)
    static let aaaa = RecordType(rawValue: 28)
    static let opt = RecordType(rawValue: 41)
    static let tsig = RecordType(rawValue: 250)
    static let caa = RecordType(rawValue: 257)

    var description: String {
        switch self {
        case .a: "A"
        case .ns: "NS"
        case .cname: "CNAME"
        case .soa: "SOA"
        case .txt: "TXT"
        case .aaaa: "AAAA"
        case .caa: "CAA"
        default: "TYPE\(rawValue)"
        }
    }
}

/// What is asked; always in class IN.
struct Question: Hashable, Sendable, CustomStringConvertible {
    let name: DomainName
    let type: RecordType

    var description: String { "\(type) \(name)" }
}
