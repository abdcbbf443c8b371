internal import Core
public import FoundationEssentials

/// The certificate that answers a tls-alpn-01 challenge. RFC 8737 §3; for IP addresses RFC 8738 §6.
public enum ACMEIdentifierCertificate {
    /// Makes it: self-signed, valid for a week from a day before `now` (which covers clocks that are behind), with the identifier as its only
    /// alternative name, and with the critical extension `id-pe-acmeIdentifier` that holds SHA-256 of the key authorization.
    ///
    /// - Parameters:
    ///   - identifier: the value of the ACME identifier: a DNS name without wildcard, or an IP address.
    ///   - key: any key; it proves nothing.
    /// - Throws: ``PKIError/Code/badName`` when the identifier is neither.
    public static func make(
        identifier: String, keyAuthorization: String, key: PrivateKey, now: Date
    ) throws(PKIError) -> Certificate {
        let isAddress = IPAddressText.octets(of: identifier) != nil
        let name = isAddress ? nil : try? DNSName(parsing: identifier)
        guard isAddress || name?.isWildcard == false else {
            throw PKIError(
                .badName, ParsedCertificate.subject, "\"\(identifier.oneLine(bytesMax: 64))\" is no host name and no IP address")
        }
        let names = try CertificateNames(
            name.map { [$0] } ?? [], isAddress ? [identifier] : [], commonName: nil, subject: ParsedCertificate.subject)
        var template = CertificateTemplate(
            names: names, publicKeyDER: key.publicKeyDER, notBefore: now.addingTimeInterval(-86_400),
            notAfter: now.addingTimeInterval(7 * 86_400), isCA: false)
        template.acmeDigest = sha256(Array(keyAuthorization.utf8))
        return try template.signed(by: nil, with: key)
    }
}
