internal import FoundationEssentials

/// Where the parts of a revocation list are, and what its fields say. RFC 5280 §5.1.
struct RevocationListOutline {
    /// What is signed.
    let signed: Range<Int>
    /// The AlgorithmIdentifier of the signature.
    let algorithm: Range<Int>
    /// The signature's octets.
    let signature: Range<Int>
    let issuerName: [UInt8]
    let window: RevocationWindow
    let entries: Range<Int>
    let scope: RevocationScope

    static func malformed(_ what: String) -> PKIError {
        PKIError(.malformed, RevocationList.subject, "is malformed: \(what)")
    }

    init(_ bytes: Span<UInt8>) throws(PKIError) {
        guard let whole = DER.element(in: bytes, 0..<bytes.count), whole.tag == DER.sequence, whole.whole.upperBound == bytes.count,
            let parts = DER.elements(in: bytes, whole.content, countMax: 3), parts.count == 3, parts[0].tag == DER.sequence,
            parts[1].tag == DER.sequence, parts[2].tag == DER.bitString, parts[2].content.count > 1, bytes[parts[2].content.lowerBound] == 0
        else { throw Self.malformed("it is no DER of a signed list") }
        signed = parts[0].whole
        algorithm = parts[1].whole
        signature = (parts[2].content.lowerBound + 1)..<parts[2].content.upperBound
        guard var fields = DER.elements(in: bytes, parts[0].content, countMax: Self.fieldsMax)?[...] else {
            throw Self.malformed("its fields")
        }
        guard fields.first?.tag == DER.integer, fields.removeFirst().content.map({ bytes[$0] }) == [1] else {
            // §5.1.2.1: without extensions there may be no version; no public CA makes such lists any more, they say no issuer's key.
            throw Self.malformed("it is not of version 2")
        }
        guard fields.count >= 3, DER.copy(bytes, fields.removeFirst().whole) == DER.copy(bytes, algorithm) else {
            throw Self.malformed("its two signature algorithms differ")
        }
        let issuer = fields.removeFirst()
        guard issuer.tag == DER.sequence, let thisUpdate = DERTime.seconds(bytes, fields.removeFirst()) else {
            throw Self.malformed("its issuer or time")
        }
        issuerName = DER.copy(bytes, issuer.whole)
        var nextUpdate: Int64?
        if let next = fields.first, next.tag == 0x17 || next.tag == 0x18 {
            guard let seconds = DERTime.seconds(bytes, fields.removeFirst()) else { throw Self.malformed("the time of its next update") }
            nextUpdate = seconds
        }
        window = RevocationWindow(thisUpdate: thisUpdate, nextUpdate: nextUpdate)
        entries = fields.first?.tag == DER.sequence ? fields.removeFirst().content : 0..<0
        scope = try fields.first?.tag == 0xA0 ? RevocationScope(bytes, fields.removeFirst()) : RevocationScope()
        guard fields.isEmpty else { throw Self.malformed("it has a field that no list has") }
    }

    /// What an entry says besides the number. §5.1.2.6 and §5.3.
    ///
    /// - Parameter start: where the time begins.
    static func revocation(_ bytes: Span<UInt8>, _ entry: Range<Int>, after start: Int) throws(PKIError) -> RevocationStatus {
        guard let fields = DER.elements(in: bytes, start..<entry.upperBound, countMax: 2), let time = fields.first,
            let seconds = DERTime.seconds(bytes, time)
        else { throw malformed("an entry") }
        var reason: RevocationReason?
        if fields.count == 2 {
            for found in try DERExtension.all(bytes, fields[1]) where found.identifier == reasonCode {
                guard let code = DER.element(in: bytes, found.value), code.tag == 0x0A, code.content.count == 1 else {
                    throw malformed("an entry's reason")
                }
                reason = RevocationReason(rawValue: Int(bytes[code.content.lowerBound]))
            }
        }
        return .revoked(at: Date(timeIntervalSince1970: Double(seconds)), reason: reason)
    }

    /// More than the seven that there are.
    private static let fieldsMax = 8
    /// `id-ce-cRLReasons`, §5.3.1.
    private static let reasonCode: [UInt8] = [0x55, 0x1D, 0x15]
}

/// One extension. RFC 5280 §4.1.
struct DERExtension {
    let identifier: [UInt8]
    let isCritical: Bool
    /// Its content, within the octet string.
    let value: Range<Int>

    /// The extensions of a SEQUENCE.
    static func all(_ bytes: Span<UInt8>, _ list: DERElement) throws(PKIError) -> [DERExtension] {
        guard list.tag == DER.sequence, let elements = DER.elements(in: bytes, list.content, countMax: countMax) else {
            throw RevocationListOutline.malformed("its extensions")
        }
        var extensions: [DERExtension] = []
        for element in elements {
            guard element.tag == DER.sequence, let parts = DER.elements(in: bytes, element.content, countMax: 3), parts.count >= 2,
                parts[0].tag == DER.objectIdentifier, let value = parts.last, value.tag == DER.octetString,
                parts.count == 2 || (parts[1].tag == 0x01 && parts[1].content.count == 1)
            else { throw RevocationListOutline.malformed("an extension") }
            let isCritical = parts.count == 3 && bytes[parts[1].content.lowerBound] != 0
            extensions.append(
                DERExtension(identifier: DER.copy(bytes, parts[0].content), isCritical: isCritical, value: value.content))
        }
        return extensions
    }

    /// There are some eight kinds.
    private static let countMax = 32
}
