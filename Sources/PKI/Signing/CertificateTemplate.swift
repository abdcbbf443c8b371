internal import COpenSSL
internal import FoundationEssentials

/// A certificate that is about to be signed.
struct CertificateTemplate {
    let names: CertificateNames
    let publicKeyDER: [UInt8]
    let notBefore: Date
    let notAfter: Date
    let isCA: Bool
    var ocspURLs: [String] = []
    var issuerURLs: [String] = []
    var crlURLs: [String] = []
    /// What `id-pe-acmeIdentifier` says, if anything.
    var acmeDigest: [UInt8]?

    /// Who signs: the certificate, or nil when the new one signs itself.
    func signed(by issuer: Certificate?, with key: PrivateKey) throws(PKIError) -> Certificate {
        let publicKey = try PublicKey(der: publicKeyDER)
        let validity = try (Self.seconds(notBefore), Self.seconds(notAfter))
        guard validity.0 < validity.1 else {
            throw PKIError(.badValidity, ParsedCertificate.subject, "its validity ends before it starts")
        }
        let serial = try Self.serial()
        OpenSSL.begin()
        defer { OpenSSL.end() }
        guard let certificate = unsafe Handle<X509Kind>(X509_new()), let name = names.subjectName() else { throw Self.failed }
        let isFilled = certificate.with { certificate in
            let number = unsafe X509_get_serialNumber(certificate)
            return unsafe X509_set_version(certificate, 2) == 1 && ASN1_STRING_set(number, serial, CInt(serial.count)) == 1
                && ASN1_TIME_adj(X509_getm_notBefore(certificate), validity.0, 0, 0) != nil
                && ASN1_TIME_adj(X509_getm_notAfter(certificate), validity.1, 0, 0) != nil
                && name.with { name in unsafe X509_set_subject_name(certificate, name) == 1 }
                && publicKey.withHandle { key in unsafe X509_set_pubkey(certificate, key) == 1 }
        }
        guard isFilled else { throw Self.failed }
        try setIssuer(issuer, of: certificate)
        for wanted in extensions(publicKey.algorithm, issuer: issuer) { try Self.add(wanted, to: certificate) }
        return try Self.sign(certificate, with: key)
    }

    private static var failed: PKIError { .drained(.failed, ParsedCertificate.subject, "cannot be made") }

    /// 127 random bits with the first one set, so that it is positive and never short. RFC 5280 §4.1.2.2 allows up to 20 octets.
    private static func serial() throws(PKIError) -> [UInt8] {
        var serial = try randomBytes(16)
        serial[0] = serial[0] & 0x7F | 0x40
        return serial
    }

    /// Whole seconds that X.509 can write: the years 0 to 9999.
    private static func seconds(_ date: Date) throws(PKIError) -> Int {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        guard seconds >= -62_167_219_200, seconds <= 253_402_300_799 else {
            throw PKIError(.badValidity, ParsedCertificate.subject, "its validity is outside of the years 0 to 9999")
        }
        return Int(seconds)
    }

    private func setIssuer(_ issuer: Certificate?, of certificate: borrowing Handle<X509Kind>) throws(PKIError) {
        guard let issuer else {
            let isSet = certificate.with { certificate in
                unsafe X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1
            }
            guard isSet else { throw Self.failed }
            return
        }
        let parsed = OpenSSL.withParsingContext { context in unsafe ParsedCertificate.parse(issuer.der, in: context) }
        guard let parsed else { throw Self.failed }
        let isSet = certificate.with { certificate in
            parsed.with { issuer in unsafe X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 }
        }
        guard isSet else { throw Self.failed }
    }

    private func extensions(_ algorithm: KeyAlgorithm, issuer: Certificate?) -> [CertificateExtension] {
        let identifier = Array(sha256(PublicKeyFacts.keyBits(publicKeyDER)).prefix(20))
        var extensions: [CertificateExtension] = [
            .basicConstraints(isCA: isCA), .keyUsage(isCA: isCA, algorithm), .subjectKeyIdentifier(identifier),
        ]
        if !isCA { extensions.append(.serverAuthentication()) }
        // A self-signed certificate may do without (RFC 5280 §4.2.1.1).
        if let issuerIdentifier = issuer?.subjectKeyIdentifier { extensions.append(.authorityKeyIdentifier(issuerIdentifier)) }
        if let alternativeNames = names.alternativeNames() { extensions.append(alternativeNames) }
        if !ocspURLs.isEmpty || !issuerURLs.isEmpty { extensions.append(.informationAccess(ocsp: ocspURLs, issuers: issuerURLs)) }
        if !crlURLs.isEmpty { extensions.append(.distributionPoints(crlURLs)) }
        if let acmeDigest { extensions.append(.acmeIdentifier(digest: acmeDigest)) }
        return extensions
    }

    private static func add(_ wanted: CertificateExtension, to certificate: borrowing Handle<X509Kind>) throws(PKIError) {
        guard let made = wanted.make() else { throw failed }
        let isAdded = certificate.with { certificate in
            made.with { made in unsafe X509_add_ext(certificate, made, -1) == 1 }
        }
        guard isAdded else { throw failed }
    }

    private static func sign(_ certificate: borrowing Handle<X509Kind>, with key: PrivateKey) throws(PKIError) -> Certificate {
        let der = try certificate.with { certificate throws(PKIError) in
            guard key.withHandle({ handle in unsafe X509_sign(certificate, handle, key.algorithm.digest) }) > 0 else { throw failed }
            var buffer: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_X509(certificate, &buffer)
            defer { unsafe certctl_OPENSSL_free(buffer) }
            guard count > 0, let buffer = unsafe buffer else { throw failed }
            return unsafe Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
        }
        return try Certificate(der: der)
    }
}
