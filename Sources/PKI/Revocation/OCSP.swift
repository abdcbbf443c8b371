internal import COpenSSL

/// What requests and responses share.
enum OCSP {
    static let requestSubject = "OCSP request"
    static let responseSubject = "OCSP response"

    /// The `CertID` of a certificate. RFC 6960 §4.1.1.
    static func identifier(of certificate: Certificate, issuer: Certificate) -> Handle<OCSPIdentifierKind>? {
        guard let subject = unsafe ParsedCertificate.parse(certificate.der, in: nil),
            let issuer = unsafe ParsedCertificate.parse(issuer.der, in: nil)
        else { return nil }
        return subject.with { subject in
            issuer.with { issuer in unsafe Handle<OCSPIdentifierKind>(OCSP_cert_to_id(EVP_sha1(), subject, issuer)) }
        }
    }
}

/// `OCSP_REQUEST`.
enum OCSPRequestKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe OCSP_REQUEST_free(pointer) }
}

/// `OCSP_RESPONSE`: the outer structure, with a status of its own.
enum OCSPResponseKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe OCSP_RESPONSE_free(pointer) }
}

/// `OCSP_BASICRESP`: the signed part.
enum OCSPBasicResponseKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe OCSP_BASICRESP_free(pointer) }
}

/// `OCSP_CERTID`: which certificate.
enum OCSPIdentifierKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe OCSP_CERTID_free(pointer) }
}
