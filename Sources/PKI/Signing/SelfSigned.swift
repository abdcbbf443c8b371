public import Core
public import FoundationEssentials

/// Certificates that sign themselves: placeholders until a CA has answered, and roots of private CAs.
public enum SelfSigned {
    /// Makes a certificate for the key, signed by the key.
    ///
    /// - Parameter commonName: the subject; nil takes the first DNS name if it has at most 64 characters, and else leaves it empty.
    /// - Throws: for an address that is none, a common name that is too long, or a validity outside of the years 0 to 9999.
    public static func issue(
        key: PrivateKey, dnsNames: [DNSName], ipAddresses: [String] = [], notBefore: Date, notAfter: Date, isCA: Bool = false,
        commonName: String? = nil
    ) throws(PKIError) -> Certificate {
        let first = dnsNames.first?.ascii
        let subject = commonName ?? first.flatMap { $0.utf8.count <= PKILimits.commonNameCharactersMax ? $0 : nil }
        let names = try CertificateNames(dnsNames, ipAddresses, commonName: subject, subject: ParsedCertificate.subject)
        let template = CertificateTemplate(
            names: names, publicKeyDER: key.publicKeyDER, notBefore: notBefore, notAfter: notAfter, isCA: isCA)
        return try template.signed(by: nil, with: key)
    }

    /// Makes what is served for hosts whose certificate is not there yet: a new P-256 key and a certificate for it, valid for a year from
    /// a day before `now`, which covers clocks that are behind.
    public static func placeholder(dnsNames: [DNSName], now: Date) throws(PKIError) -> TLSKeyPair {
        let key = try PrivateKey.generate(.ecdsaP256)
        let certificate = try issue(
            key: key, dnsNames: dnsNames, notBefore: now.addingTimeInterval(-86_400), notAfter: now.addingTimeInterval(365 * 86_400),
            commonName: dnsNames.isEmpty ? placeholderName : nil)
        return try TLSKeyPair(certificates: [certificate], privateKey: key)
    }

    /// The subject of a placeholder for no host in particular.
    public static let placeholderName = "certctl placeholder certificate"
}
