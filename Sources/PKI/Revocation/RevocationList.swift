public import FoundationEssentials

/// A certificate revocation list whose signature has been checked. RFC 5280 §5.
///
/// It is walked where it lies: libcrypto would make some 300 bytes of each of a list's entries, of which there may be hundreds of
/// thousands. Delta lists, indirect lists and lists for some reasons only are refused.
public struct RevocationList: Sendable {
    /// The list as it came.
    public let der: [UInt8]
    /// Since when it holds.
    public var thisUpdate: Date { Date(timeIntervalSince1970: Double(window.thisUpdate)) }
    /// When there will be a newer one; nil when the CA does not say.
    public var nextUpdate: Date? { window.nextUpdate.map { Date(timeIntervalSince1970: Double($0)) } }

    private let window: RevocationWindow
    private let scope: RevocationScope
    /// Where the entries are; empty when nothing is revoked.
    private let entries: Range<Int>
    /// The issuer's name, as it is encoded.
    private let issuerName: [UInt8]

    static let subject = "revocation list"

    /// Reads a list and checks its signature.
    ///
    /// - Parameters:
    ///   - der: as it came; at most ``PKILimits/revocationListBytesMax``.
    ///   - issuer: the CA that issued the certificates in question; a list that another has signed is refused.
    /// - Throws: why it proves nothing.
    public init(der: [UInt8], issuer: Certificate, at now: Date) throws(PKIError) {
        guard der.count <= PKILimits.revocationListBytesMax else {
            throw PKIError(
                .tooLarge(got: der.count, limit: PKILimits.revocationListBytesMax), Self.subject,
                "is \(der.count) bytes; at most \(PKILimits.revocationListBytesMax) are read")
        }
        let outline = try RevocationListOutline(der.span)
        guard let names = CertificateNameFields(issuer.der.span), names.subject == outline.issuerName else {
            throw PKIError(.badName, Self.subject, "is of another issuer than \"\(issuer.subject)\"")
        }
        try RevocationListSignature.check(der, outline, issuer: issuer)
        try outline.window.check(at: now, Self.subject)
        self.der = der
        window = outline.window
        scope = outline.scope
        entries = outline.entries
        issuerName = outline.issuerName
    }

    /// What the list says about a certificate.
    ///
    /// - Throws: when the list is out of date, or is not about certificates like this one.
    public func evidence(about certificate: Certificate, at now: Date) throws(PKIError) -> RevocationEvidence {
        try window.check(at: now, Self.subject)
        guard let names = CertificateNameFields(certificate.der.span), names.issuer == issuerName else {
            throw PKIError(.badName, Self.subject, "is of another issuer than \"\(certificate.issuer)\"")
        }
        guard !certificate.facts.isSerialNegative else {
            throw PKIError(.malformed, Self.subject, "cannot be asked about a negative serial number")
        }
        try scope.check(certificate)
        return window.evidence(try status(ofSerial: certificate.serialNumberBytes))
    }

    /// Walks the entries, each a SEQUENCE of serial number, time and extensions. §5.1.2.6.
    private func status(ofSerial serial: [UInt8]) throws(PKIError) -> RevocationStatus {
        let bytes = der.span
        var at = entries.lowerBound
        while at < entries.upperBound {
            guard let entry = DER.element(in: bytes, at..<entries.upperBound), entry.tag == DER.sequence,
                let number = DER.element(in: bytes, entry.content), number.tag == DER.integer, !number.content.isEmpty
            else { throw RevocationListOutline.malformed("an entry") }
            if Self.isEqual(bytes, number.content, serial) {
                return try RevocationListOutline.revocation(bytes, entry.content, after: number.whole.upperBound)
            }
            at = entry.whole.upperBound
        }
        return .good
    }

    /// Whether a positive INTEGER has this magnitude, which has no leading zeros unless it is zero.
    private static func isEqual(_ bytes: Span<UInt8>, _ content: Range<Int>, _ magnitude: [UInt8]) -> Bool {
        guard bytes[content.lowerBound] < 0x80 else { return false }
        var start = content.lowerBound
        while start < content.upperBound - 1, bytes[start] == 0 { start += 1 }
        guard content.upperBound - start == magnitude.count else { return false }
        for index in magnitude.indices where bytes[start + index] != magnitude[index] { return false }
        return true
    }
}
