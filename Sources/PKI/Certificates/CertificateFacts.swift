/// What a ``Certificate`` refers to. Immutable.
final class CertificateFacts: Sendable {
    let der: [UInt8]
    let subject: String
    let issuing: IssuingFacts
    let commonName: String?
    let dnsNames: [String]
    let ipAddresses: [String]
    let unusableNameCount: Int
    /// Seconds since 1970, which may be negative.
    let notBefore: Int64
    /// Seconds since 1970, which may be negative.
    let notAfter: Int64
    let serial: [UInt8]
    let isSerialNegative: Bool
    let publicKeyDER: [UInt8]
    /// What ``publicKeyDER`` says; read once, since reports ask for it.
    let publicKey: PublicKeyFacts
    /// SHA-256 of ``der``, likewise.
    let fingerprint: [UInt8]
    let subjectKeyIdentifier: [UInt8]?
    let isCA: Bool
    /// Whether the key usage, if there is one, allows to sign certificates. RFC 5280 §4.2.1.3.
    let maySignCertificates: Bool
    let requiresStaple: Bool

    init(_ der: [UInt8], _ read: borrowing ParsedCertificate) throws(PKIError) {
        self.der = der
        subject = try read.subject()
        issuing = IssuingFacts.shared(try read.issuing())
        commonName = read.commonName()
        let names = try read.alternativeNames()
        dnsNames = names.dnsNames
        ipAddresses = names.ipAddresses
        unusableNameCount = names.unusableCount
        (notBefore, notAfter) = try read.validity()
        (serial, isSerialNegative) = read.serial()
        publicKeyDER = try read.publicKey()
        publicKey = PublicKeyFacts(publicKeyDER)
        fingerprint = sha256(der)
        subjectKeyIdentifier = read.subjectKeyIdentifier()
        isCA = try read.isCA()
        maySignCertificates = read.maySignCertificates()
        requiresStaple = read.requiresStaple()
    }

    /// Reads a certificate, or finds it among the CA certificates already read: an intermediate comes with every leaf that it signed.
    static func read(_ der: [UInt8]) throws(PKIError) -> CertificateFacts {
        if let known = authorities.value(for: der) { return known }
        defer { OpenSSL.end() }
        let facts = try CertificateFacts(der, ParsedCertificate(der))
        if facts.isCA { authorities.remember(facts, for: der) }
        return facts
    }

    private static let authorities = InternTable<[UInt8], CertificateFacts>()
}
