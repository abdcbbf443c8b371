internal import Core

/// One TXT value that comes or goes.
struct RecordChange: Hashable, Sendable, CustomStringConvertible {
    let name: DomainName
    /// Character-strings, 0...255 bytes each. RFC 1035 §3.3.14.
    let strings: [[UInt8]]
    /// 0 for a removal. RFC 2136 §2.5.4.
    let ttl: UInt32
    let isAddition: Bool

    /// Makes one from a value of any length that fits into a record.
    init(_ value: String, name: DomainName, ttl: UInt32, isAddition: Bool) throws(DNSError) {
        let bytes = Array(value.utf8)
        guard bytes.count <= DNSLimits.valueBytesMax else {
            throw DNSError(.invalidValue("it has \(bytes.count) bytes; the limit is \(DNSLimits.valueBytesMax)"), subject: "TXT \(name)")
        }
        self.name = name
        self.ttl = isAddition ? ttl : 0
        self.isAddition = isAddition
        strings = bytes.isEmpty ? [[]] : stride(from: 0, to: bytes.count, by: 255).map { Array(bytes[$0..<min($0 + 255, bytes.count)]) }
    }

    var description: String { "\(isAddition ? "adding" : "removing") a TXT record of \(name)" }
}
