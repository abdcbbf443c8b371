internal import COpenSSL

/// A question to an OCSP responder about one certificate. RFC 6960 §4.1.
///
/// Without a nonce, which the large responders ignore, since they sign ahead of time (RFC 5019 §2.1.1): what protects from an old answer is
/// its validity. The issuer is named by SHA-1, which all responders understand (RFC 5019 §2.1.1) and which protects nothing here.
public struct OCSPRequest: Hashable, Sendable {
    /// The media type of the body. RFC 6960 appendix C.1.
    public static let contentType = "application/ocsp-request"
    /// The media type of the answer. RFC 6960 appendix C.2.
    public static let responseContentType = "application/ocsp-response"

    /// The request, for the body of a POST. RFC 6960 appendix A.1.
    public let der: [UInt8]

    /// Makes a request.
    ///
    /// - Throws: only if libcrypto fails.
    public init(for certificate: Certificate, issuer: Certificate) throws(PKIError) {
        OpenSSL.begin()
        defer { OpenSSL.end() }
        guard let request = unsafe Handle<OCSPRequestKind>(OCSP_REQUEST_new()),
            let identifier = OCSP.identifier(of: certificate, issuer: issuer)
        else { throw .drained(.failed, OCSP.requestSubject, "cannot be made") }
        let isAdded = identifier.give { identifier in
            request.with { request in unsafe OCSP_request_add0_id(request, identifier) != nil }
        }
        let der = request.with { request -> [UInt8]? in
            var buffer: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_OCSP_REQUEST(request, &buffer)
            defer { unsafe certctl_OPENSSL_free(buffer) }
            guard count > 0, let buffer = unsafe buffer else { return nil }
            return unsafe Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
        }
        guard isAdded, let der else { throw .drained(.failed, OCSP.requestSubject, "cannot be made") }
        self.der = der
    }
}
