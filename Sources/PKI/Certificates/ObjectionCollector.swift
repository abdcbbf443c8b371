internal import COpenSSL

/// Has libcrypto go on after each thing that it finds wrong with a chain, and notes them all.
final class ObjectionCollector {
    private(set) var objections: [ChainObjection] = []

    /// Runs a prepared verification.
    ///
    /// - Returns: false when it could not be run; what a chain is refused for is in ``objections``.
    @unsafe func run(_ context: OpaquePointer) -> Bool {
        // SAFETY: the context holds the pointer only until this call ends, and `self` lives as long.
        guard unsafe X509_STORE_CTX_set_ex_data(context, ObjectionCollector.slot, Unmanaged.passUnretained(self).toOpaque()) == 1 else {
            return false
        }
        unsafe X509_STORE_CTX_set_verify_cb(context) { isGood, context in
            guard isGood != 1 else { return 1 }
            guard let context = unsafe context, let pointer = unsafe X509_STORE_CTX_get_ex_data(context, ObjectionCollector.slot) else {
                return 0
            }
            // SAFETY: it is what `run` put there.
            unsafe Unmanaged<ObjectionCollector>.fromOpaque(pointer).takeUnretainedValue().note(context)
            return 1
        }
        let status = unsafe X509_verify_cert(context)
        // A failure that the callback was not asked about, such as one of memory, must not pass for a chain that holds.
        if status != 1, objections.isEmpty { unsafe note(context) }
        return true
    }

    /// The place in the context that OpenSSL keeps for its callers (`X509_STORE_CTX_set_app_data`).
    private static let slot: Int32 = 0

    private func note(_ context: OpaquePointer) {
        guard objections.count < PKILimits.chainCertificatesMax else { return }
        let code = unsafe X509_STORE_CTX_get_error(context)
        let depth = Int(unsafe X509_STORE_CTX_get_error_depth(context))
        let reason = ChainObjection.Reason(code)
        // One certificate without an issuer is reported up to three times.
        guard !objections.contains(where: { $0.reason == reason && $0.depth == depth && reason != .other }) else { return }
        let subject = unsafe X509_STORE_CTX_get_current_cert(context).flatMap { certificate in
            try? unsafe DistinguishedName.line(X509_get_subject_name(certificate), of: "certificate")
        }
        let words = unsafe String(cString: X509_verify_cert_error_string(Int(code)))
        objections.append(ChainObjection(reason, depth: depth, subject: subject, words: words))
    }
}

extension ChainObjection.Reason {
    /// Sorts OpenSSL's codes.
    init(_ code: Int32) {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: self = .selfSigned
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: self = .untrustedRoot
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
            self = .unknownIssuer
        case X509_V_ERR_CERT_SIGNATURE_FAILURE: self = .badSignature
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: self = .weak
        case X509_V_ERR_INVALID_CA, X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_KEYUSAGE_NO_CERTSIGN, X509_V_ERR_PERMITTED_VIOLATION,
            X509_V_ERR_EXCLUDED_VIOLATION:
            self = .notAllowed
        case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_CERT_REJECTED: self = .wrongPurpose
        default: self = .other
        }
    }
}
