internal import COpenSSL
public import FoundationEssentials

/// Reading of what an OCSP responder answers. RFC 6960 §4.2.
public enum OCSPResponse {
    /// Checks an answer: that it is signed by the issuer, or by a responder whose certificate the issuer signed for that purpose (§4.2.2.2),
    /// that it is about this certificate, and that it is about now.
    ///
    /// - Parameter der: as it came; at most ``PKILimits/ocspResponseBytesMax``.
    /// - Returns: what it says. Of several answers about the certificate the first counts.
    /// - Throws: why it proves nothing.
    public static func evidence(
        in der: [UInt8], about certificate: Certificate, issuer: Certificate, at now: Date
    ) throws(PKIError) -> RevocationEvidence {
        guard der.count <= PKILimits.ocspResponseBytesMax else {
            throw PKIError(
                .tooLarge(got: der.count, limit: PKILimits.ocspResponseBytesMax), OCSP.responseSubject,
                "is \(der.count) bytes; at most \(PKILimits.ocspResponseBytesMax) are read")
        }
        OpenSSL.begin()
        defer { OpenSSL.end() }
        let basic = try basicResponse(der)
        guard let identifier = OCSP.identifier(of: certificate, issuer: issuer) else {
            throw .drained(.failed, OCSP.responseSubject, "the certificate cannot be identified")
        }
        try checkSignature(basic, issuer: issuer, at: now)
        return try single(basic, identifier, at: now)
    }

    /// The signed part of an answer that is one. §4.2.1.
    private static func basicResponse(_ der: [UInt8]) throws(PKIError) -> Handle<OCSPBasicResponseKind> {
        let response = Handle<OCSPResponseKind>.decoded(der.span) { next, count in unsafe d2i_OCSP_RESPONSE(nil, &next, count) }
        guard let response else { throw .drained(.malformed, OCSP.responseSubject, "is none") }
        let status = response.with { response in unsafe OCSP_response_status(response) }
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            throw PKIError(.refused, OCSP.responseSubject, "is an error: \(words(ofStatus: status))")
        }
        let basic = response.with { unsafe Handle<OCSPBasicResponseKind>(OCSP_response_get1_basic($0)) }
        guard let basic else { throw .drained(.malformed, OCSP.responseSubject, "has no basic response") }
        return basic
    }

    private static func words(ofStatus status: CInt) -> String {
        switch status {
        case OCSP_RESPONSE_STATUS_MALFORMEDREQUEST: "the request is malformed"
        case OCSP_RESPONSE_STATUS_INTERNALERROR: "internal error"
        case OCSP_RESPONSE_STATUS_TRYLATER: "try later"
        case OCSP_RESPONSE_STATUS_SIGREQUIRED: "the request has to be signed"
        case OCSP_RESPONSE_STATUS_UNAUTHORIZED: "not authorized, or the certificate is not known there"
        default: "status \(status)"
        }
    }

    /// §4.2.2.2: the issuer itself, or a certificate that the issuer signed and that says `id-kp-OCSPSigning`. The issuer is trusted for that
    /// whatever is above it, and nobody else is.
    private static func checkSignature(
        _ basic: borrowing Handle<OCSPBasicResponseKind>, issuer: Certificate, at now: Date
    ) throws(PKIError) {
        guard let store = unsafe Handle<TrustStoreKind>(X509_STORE_new()),
            let others = unsafe Handle<CertificateStackKind>(OPENSSL_sk_new_null()),
            let trusted = unsafe ParsedCertificate.parse(issuer.der, in: nil)
        else { throw .drained(.failed, OCSP.responseSubject, "cannot be checked") }
        let isReady = store.with { store -> Bool in
            let parameters = unsafe X509_STORE_get0_param(store)
            unsafe X509_VERIFY_PARAM_set_time(parameters, Int(now.timeIntervalSince1970.rounded(.down)))
            guard unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1 else { return false }
            return trusted.with { trusted in unsafe X509_STORE_add_cert(store, trusted) == 1 }
        }
        // A response that the issuer signs need not hold its certificate.
        let isKnown = others.with { stack in
            unsafe ParsedCertificate.parse(issuer.der, in: nil)?.give { unsafe OPENSSL_sk_push(stack, UnsafeRawPointer($0)) > 0 } ?? false
        }
        guard isReady, isKnown else { throw .drained(.failed, OCSP.responseSubject, "cannot be checked") }
        let isSigned = basic.with { basic in
            others.with { others in
                store.with { store in unsafe OCSP_basic_verify(basic, others, store, UInt(OCSP_NOEXPLICIT)) == 1 }
            }
        }
        guard isSigned else {
            throw .drained(.badSignature, OCSP.responseSubject, "is not signed by the issuer or on its behalf")
        }
    }

    private static func single(
        _ basic: borrowing Handle<OCSPBasicResponseKind>, _ identifier: borrowing Handle<OCSPIdentifierKind>, at now: Date
    ) throws(PKIError) -> RevocationEvidence {
        var (status, reason): (CInt, CInt) = (-1, -1)
        var times: (revoked: Int64?, this: Int64?, next: Int64?) = (nil, nil, nil)
        let isFound = basic.with { basic in
            identifier.with { identifier in
                var revokedAt: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
                var thisUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
                var nextUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
                guard unsafe OCSP_resp_find_status(basic, identifier, &status, &reason, &revokedAt, &thisUpdate, &nextUpdate) == 1 else {
                    return false
                }
                // SAFETY: the times belong to the response, which is held until we return.
                unsafe times = (
                    CertificateTime.seconds(revokedAt), CertificateTime.seconds(thisUpdate), CertificateTime.seconds(nextUpdate)
                )
                // A time that is there and is none is not the same as one that is not there.
                return unsafe nextUpdate == nil || times.next != nil
            }
        }
        guard isFound, let thisUpdate = times.this else {
            throw .drained(.malformed, OCSP.responseSubject, "says nothing about the certificate")
        }
        let window = RevocationWindow(thisUpdate: thisUpdate, nextUpdate: times.next)
        try window.check(at: now, OCSP.responseSubject)
        switch status {
        case V_OCSP_CERTSTATUS_GOOD: return window.evidence(.good)
        case V_OCSP_CERTSTATUS_REVOKED:
            let at = times.revoked ?? thisUpdate
            return window.evidence(
                .revoked(at: Date(timeIntervalSince1970: Double(at)), reason: RevocationReason(rawValue: Int(reason))))
        default: return window.evidence(.unknown)
        }
    }
}
