public import Core
public import FoundationEssentials

/// A certificate: its DER and the facts in it, read once by libcrypto. RFC 5280 §4.
///
/// No C object is kept, and the facts that all certificates of one CA share are shared in memory: 10,000 of these are held.
/// A value is one reference, cheap to copy. Two are equal when their DER is.
public struct Certificate: Hashable, Sendable, CustomStringConvertible {
    let facts: CertificateFacts

    /// Reads one certificate; the bytes are the whole of it.
    ///
    /// - Throws: when it is too large, not a certificate, or says something contradictory about its names or validity.
    public init(der: [UInt8]) throws(PKIError) {
        facts = try CertificateFacts.read(der)
    }

    /// The certificate as it was given.
    public var der: [UInt8] { facts.der }
    /// The subject on one line, RFC 2253, ASCII. Empty when only the names matter, as in most certificates since 2025.
    public var subject: String { facts.subject }
    /// The issuer on one line, RFC 2253, ASCII.
    public var issuer: String { facts.issuing.issuer }
    /// The first common name of the issuer: what people call the CA.
    public var issuerCommonName: String? { facts.issuing.issuerCommonName }
    /// The first organization of the issuer.
    public var issuerOrganization: String? { facts.issuing.issuerOrganization }
    /// The first common name of the subject. For display: it covers no host (RFC 9525 §6.3).
    public var commonName: String? { facts.commonName }
    /// The DNS names in the subject alternative name, lower case. Names that no host can have (a NUL, a blank, bytes beyond ASCII) are
    /// left out; see ``unusableNameCount``.
    public var dnsNames: [String] { facts.dnsNames }
    /// The IP addresses in the subject alternative name, as text: `192.0.2.1`, `2001:db8::1`.
    public var ipAddresses: [String] { facts.ipAddresses }
    /// How many DNS names and IP addresses were left out because they are malformed. More than none means a strange CA or an attack.
    public var unusableNameCount: Int { facts.unusableNameCount }
    /// The first second of the validity.
    public var notBefore: Date { Date(timeIntervalSince1970: Double(facts.notBefore)) }
    /// The last second of the validity.
    public var notAfter: Date { Date(timeIntervalSince1970: Double(facts.notAfter)) }
    /// The serial number in lower-case hexadecimal, whole bytes, `-` in front when negative: `03a1b2`.
    public var serialNumber: String { (facts.isSerialNegative ? "-" : "") + hexadecimal(facts.serial) }
    /// The serial number's magnitude, big-endian: what an ARI certificate identifier is made of (RFC 9773 §4.1) with a zero byte put in
    /// front when the first is 0x80 or more.
    public var serialNumberBytes: [UInt8] { facts.serial }
    /// The key's type, if it is one that certctl can use; nil for others, such as P-521.
    public var keyAlgorithm: KeyAlgorithm? { facts.publicKey.algorithm }
    /// The key's type in words, always: `ECDSA P-256`, `ECDSA secp521r1`, `RSA 1024`.
    public var keyDescription: String { facts.publicKey.description }
    /// The key as a DER SubjectPublicKeyInfo.
    public var publicKeyDER: [UInt8] { facts.publicKeyDER }
    /// The identifier of the issuer's key, RFC 5280 §4.2.1.1.
    public var authorityKeyIdentifier: [UInt8]? { facts.issuing.authorityKeyIdentifier }
    /// The identifier of the certificate's own key, RFC 5280 §4.2.1.2.
    public var subjectKeyIdentifier: [UInt8]? { facts.subjectKeyIdentifier }
    /// Where OCSP is answered, RFC 5280 §4.2.2.1.
    public var ocspURLs: [String] { facts.issuing.ocspURLs }
    /// Where the issuer's certificate is, RFC 5280 §4.2.2.1.
    public var issuerURLs: [String] { facts.issuing.issuerURLs }
    /// Where revocation lists are, RFC 5280 §4.2.1.13.
    public var crlURLs: [String] { facts.issuing.crlURLs }
    /// Whether clients are to refuse it in a handshake without an OCSP response ("must staple"), RFC 7633.
    public var requiresStaple: Bool { facts.requiresStaple }
    /// SHA-256 of the DER in lower-case hexadecimal.
    public var sha256Fingerprint: String { hexadecimal(facts.fingerprint) }
    /// Whether the basic constraints say CA, RFC 5280 §4.2.1.9.
    public var isCA: Bool { facts.isCA }
    /// Whether subject and issuer are the same name; a root, or signed by nobody else.
    public var isSelfIssued: Bool { facts.subject == facts.issuing.issuer }

    /// Whether `now` is within the validity, both ends included.
    public func isValid(at now: Date) -> Bool { notBefore <= now && now < notAfter.addingTimeInterval(1) }

    /// Whether a DNS name in the certificate covers this host. RFC 9525 §6.3: the subject is not looked at, a wildcard stands for one
    /// label. A wildcard host is covered by the same wildcard alone.
    public func covers(_ host: DNSName) -> Bool {
        let wildcard = host.isWildcard ? nil : host.parent.map { "*." + $0 }
        return facts.dnsNames.contains { $0 == host.ascii || $0 == wildcard }
    }

    /// What an operator needs to find it: the first DNS name or the subject, and the serial number.
    public var description: String { "\(dnsNames.first ?? subject) (serial \(serialNumber))" }

    /// Equal when the DER is.
    public static func == (left: Certificate, right: Certificate) -> Bool {
        left.facts === right.facts || left.facts.der == right.facts.der
    }

    /// Hashes the DER.
    public func hash(into hasher: inout Hasher) { hasher.combine(facts.der) }
}
