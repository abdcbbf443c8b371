internal import COpenSSL

extension PrivateKey {
    /// A signature as JWS writes it: R and S at the width of the curve for ECDSA (RFC 7518 §3.4), PKCS#1 v1.5 with SHA-256 for RSA (§3.3),
    /// 64 bytes for Ed25519 (RFC 8037 §3.1).
    func jwsSignature(of text: [UInt8]) throws(PKIError) -> [UInt8] {
        OpenSSL.begin()
        defer { OpenSSL.end() }
        guard let context = unsafe Handle<DigestKind>(EVP_MD_CTX_new()) else { throw failed }
        let signature = try context.with { context throws(PKIError) in
            try withHandle { key throws(PKIError) in
                var count = 0
                guard unsafe EVP_DigestSignInit(context, nil, algorithm.digest, nil, key) == 1,
                    unsafe EVP_DigestSign(context, nil, &count, text, text.count) == 1
                else { throw failed }
                var signature = [UInt8](repeating: 0, count: count)
                // SAFETY: the first call said how many bytes the second writes at most; it says how many it wrote.
                guard unsafe EVP_DigestSign(context, &signature, &count, text, text.count) == 1 else { throw failed }
                return Array(signature.prefix(count))
            }
        }
        guard let curve = Curve(algorithm) else { return signature }
        guard let pair = ECDSASignature.fixedWidth(fromDER: signature, curve) else { throw failed }
        return pair
    }

    private var failed: PKIError { .drained(.failed, "private key", "cannot sign") }
}

extension PublicKey {
    /// Whether the signature, as JWS writes it, is of the text and by this key.
    func verifies(jwsSignature: [UInt8], of text: [UInt8]) throws(PKIError) -> Bool {
        OpenSSL.begin()
        defer { OpenSSL.end() }
        var signature = jwsSignature
        if let curve = Curve(algorithm) {
            guard let der = ECDSASignature.der(fromFixedWidth: jwsSignature, curve) else { return false }
            signature = der
        }
        guard let context = unsafe Handle<DigestKind>(EVP_MD_CTX_new()) else {
            throw .drained(.failed, "public key", "cannot verify")
        }
        return context.with { context in
            withHandle { key in
                unsafe EVP_DigestVerifyInit(context, nil, algorithm.digest, nil, key) == 1
                    && EVP_DigestVerify(context, signature, signature.count, text, text.count) == 1
            }
        }
    }
}

/// ECDSA signatures between DER, which libcrypto speaks, and the two numbers side by side, which JWS speaks.
enum ECDSASignature {
    /// R and S, each at the width of the curve.
    static func fixedWidth(fromDER der: [UInt8], _ curve: Curve) -> [UInt8]? {
        let pair = Handle<ECDSASignatureKind>.decoded(der.span) { next, count in unsafe d2i_ECDSA_SIG(nil, &next, count) }
        return pair?.with { pair in
            let width = CInt(curve.coordinateBytes)
            var r = [UInt8](repeating: 0, count: curve.coordinateBytes)
            var s = [UInt8](repeating: 0, count: curve.coordinateBytes)
            let isWritten =
                unsafe BN_bn2binpad(ECDSA_SIG_get0_r(pair), &r, width) == width
                && BN_bn2binpad(ECDSA_SIG_get0_s(pair), &s, width) == width
            return isWritten ? r + s : nil
        }
    }

    /// The DER of a signature; nil when it has not exactly twice the width of the curve.
    static func der(fromFixedWidth signature: [UInt8], _ curve: Curve) -> [UInt8]? {
        guard signature.count == 2 * curve.coordinateBytes else { return nil }
        return DER.sequence([
            DER.unsigned(Array(signature.prefix(curve.coordinateBytes))), DER.unsigned(Array(signature.suffix(curve.coordinateBytes))),
        ])
    }
}
