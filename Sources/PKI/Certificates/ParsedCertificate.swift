internal import COpenSSL

/// A certificate as libcrypto parsed it, for as long as its facts are read.
struct ParsedCertificate: ~Copyable {
    private let handle: Handle<X509Kind>

    /// Parses the bytes, which must be one certificate and nothing behind it.
    init(_ der: [UInt8]) throws(PKIError) {
        guard der.count <= PKILimits.certificateBytesMax else {
            throw PKIError(
                .tooLarge(got: der.count, limit: PKILimits.certificateBytesMax), Self.subject,
                "is \(der.count) bytes; at most \(PKILimits.certificateBytesMax) are read")
        }
        OpenSSL.begin()
        let parsed = OpenSSL.withParsingContext { context in unsafe Self.parse(der, in: context) }
        guard let parsed else { throw .drained(.malformed, Self.subject, "is not an X.509 certificate") }
        handle = parsed
    }

    /// The word for it in errors.
    static let subject = "certificate"

    /// Parses in a library context; nil is the default one, in which signatures can be checked.
    static func parse(_ der: [UInt8], in context: OpaquePointer?) -> Handle<X509Kind>? {
        Handle<X509Kind>.decoded(der.span) { next, count in
            // SAFETY: d2i_X509 fills the given object and returns it; on failure it frees it and returns NULL.
            var made = unsafe X509_new_ex(context, nil)
            return unsafe made == nil ? nil : d2i_X509(&made, &next, count)
        }
    }

    func subject() throws(PKIError) -> String {
        try handle.with { certificate throws(PKIError) in
            try unsafe DistinguishedName.line(X509_get_subject_name(certificate), of: Self.subject)
        }
    }

    func commonName() -> String? {
        handle.with { certificate in unsafe DistinguishedName.commonName(X509_get_subject_name(certificate)) }
    }

    func issuing() throws(PKIError) -> IssuingFacts {
        try handle.with { certificate throws(PKIError) in
            let access = unsafe CertificateExtensions.accessURLs(certificate)
            return try unsafe IssuingFacts(
                issuer: DistinguishedName.line(X509_get_issuer_name(certificate), of: Self.subject),
                issuerCommonName: DistinguishedName.commonName(X509_get_issuer_name(certificate)),
                issuerOrganization: DistinguishedName.organization(X509_get_issuer_name(certificate)),
                authorityKeyIdentifier: CertificateExtensions.authorityKeyIdentifier(certificate),
                ocspURLs: access.ocsp, issuerURLs: access.issuers,
                crlURLs: CertificateExtensions.distributionURLs(certificate))
        }
    }

    func alternativeNames() throws(PKIError) -> AlternativeNames {
        try handle.with { certificate throws(PKIError) in try unsafe CertificateExtensions.alternativeNames(certificate) }
    }

    func validity() throws(PKIError) -> (notBefore: Int64, notAfter: Int64) {
        let seconds = handle.with { certificate in
            unsafe (CertificateTime.seconds(X509_get0_notBefore(certificate)), CertificateTime.seconds(X509_get0_notAfter(certificate)))
        }
        guard let notBefore = seconds.0, let notAfter = seconds.1 else {
            throw .drained(.badValidity, Self.subject, "its validity is not a pair of X.509 times")
        }
        return (notBefore, notAfter)
    }

    func serial() -> (magnitude: [UInt8], isNegative: Bool) {
        handle.with { certificate in
            guard let number = unsafe X509_get0_serialNumber(certificate) else { return ([], false) }
            let magnitude = unsafe Array(ASN1Bytes.copy(number).drop { $0 == 0 })
            // libcrypto keeps the sign in the type (V_ASN1_NEG).
            let isNegative = unsafe ASN1_STRING_type(number) & V_ASN1_NEG != 0
            return (magnitude.isEmpty ? [0] : magnitude, isNegative)
        }
    }

    func publicKey() throws(PKIError) -> [UInt8] {
        let der = handle.with { certificate -> [UInt8]? in
            var buffer: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &buffer)
            defer { unsafe certctl_OPENSSL_free(buffer) }
            guard count > 0, let buffer = unsafe buffer else { return nil }
            return unsafe Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
        }
        guard let der else { throw .drained(.malformed, Self.subject, "has no public key") }
        return der
    }

    func subjectKeyIdentifier() -> [UInt8]? {
        handle.with { certificate in unsafe CertificateExtensions.subjectKeyIdentifier(certificate) }
    }

    func isCA() throws(PKIError) -> Bool {
        try handle.with { certificate throws(PKIError) in try unsafe CertificateExtensions.isCA(certificate) }
    }

    /// The content of the extension with the signed certificate timestamps. RFC 6962 §3.3.
    func timestampList() -> [UInt8]? {
        handle.with { certificate in
            let place = unsafe X509_get_ext_by_NID(certificate, NID_ct_precert_scts, -1)
            guard place >= 0, let found = unsafe X509_get_ext(certificate, place), let octets = unsafe X509_EXTENSION_get_data(found)
            else { return nil }
            return unsafe ASN1Bytes.copy(octets)
        }
    }

    func requiresStaple() -> Bool {
        handle.with { certificate in unsafe CertificateExtensions.requiresStaple(certificate) }
    }

    func maySignCertificates() -> Bool {
        handle.with { certificate in unsafe CertificateExtensions.maySignCertificates(certificate) }
    }
}
