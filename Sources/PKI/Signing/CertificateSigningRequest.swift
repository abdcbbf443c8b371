internal import COpenSSL
public import Core

/// A certificate signing request, PKCS#10, RFC 2986: read and its signature verified, so whoever sent it has the key.
public struct CertificateSigningRequest: Hashable, Sendable {
    /// The request in DER.
    public let der: [UInt8]
    /// The common name of the subject, if there is one.
    public let commonName: String?
    /// The DNS names asked for.
    public let dnsNames: [DNSName]
    /// The IP addresses asked for, as text.
    public let ipAddresses: [String]
    /// The key to be certified, as a DER SubjectPublicKeyInfo.
    public let publicKeyDER: [UInt8]
    /// The key's type.
    public let keyAlgorithm: KeyAlgorithm

    /// Reads a request from DER.
    ///
    /// - Throws: when it is too large, damaged, signed by another key, for a key that is not supported, or asks for a name that no host
    ///   can have.
    public init(der: [UInt8]) throws(PKIError) {
        guard der.count <= PKILimits.requestBytesMax else {
            throw PKIError(
                .tooLarge(got: der.count, limit: PKILimits.requestBytesMax), Self.subject,
                "is \(der.count) bytes; at most \(PKILimits.requestBytesMax) are read")
        }
        OpenSSL.begin()
        defer { OpenSSL.end() }
        guard let request = Handle<X509RequestKind>.decoded(der.span, by: { next, count in unsafe d2i_X509_REQ(nil, &next, count) })
        else { throw .drained(.malformed, Self.subject, "is not a PKCS#10 request") }
        self.der = der
        publicKeyDER = try request.with { request throws(PKIError) in try unsafe Self.verifiedKey(of: request) }
        guard let algorithm = PublicKeyFacts(publicKeyDER).algorithm else {
            throw PKIError(.unsupportedKey, Self.subject, "is for a key of type \(PublicKeyFacts(publicKeyDER).description)")
        }
        keyAlgorithm = algorithm
        commonName = request.with { request in unsafe DistinguishedName.commonName(X509_REQ_get_subject_name(request)) }
        let names = try request.with { request throws(PKIError) in try unsafe Self.names(in: request) }
        guard names.unusableCount == 0 else {
            throw PKIError(.badName, Self.subject, "asks for \(names.unusableCount) names that are malformed")
        }
        var dnsNames: [DNSName] = []
        for text in names.dnsNames {
            do throws(DNSNameError) {
                dnsNames.append(try DNSName(parsing: text))
            } catch {
                throw PKIError(.badName, Self.subject, error.description)
            }
        }
        self.dnsNames = dnsNames
        ipAddresses = names.ipAddresses
    }

    /// The word for it in errors.
    static let subject = "certificate signing request"

    private static func verifiedKey(of request: OpaquePointer) throws(PKIError) -> [UInt8] {
        guard let key = unsafe X509_REQ_get0_pubkey(request) else { throw .drained(.malformed, subject, "has an unreadable public key") }
        guard unsafe X509_REQ_verify(request, key) == 1 else { throw .drained(.badSignature, subject, "its signature does not verify") }
        return try unsafe PublicKey.encode(key, subject: subject)
    }

    private static func names(in request: OpaquePointer) throws(PKIError) -> AlternativeNames {
        guard let extensions = unsafe Handle<ExtensionsKind>(X509_REQ_get_extensions(request)) else {
            return AlternativeNames()
        }
        var critical: CInt = 0
        let value = extensions.with { extensions in unsafe X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, nil) }
        guard let names = unsafe Handle<GeneralNamesKind>(value.map { OpaquePointer($0) }) else {
            guard critical == -1 else { throw .drained(.malformed, subject, "has an unreadable subject alternative name") }
            return AlternativeNames()
        }
        return names.with { names in unsafe CertificateExtensions.alternativeNames(in: names) }
    }
}
