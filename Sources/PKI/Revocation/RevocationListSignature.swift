internal import COpenSSL

/// The signature of a revocation list, checked by libcrypto over the bytes that came.
enum RevocationListSignature {
    /// - Throws: when the issuer may not sign lists (RFC 5280 §4.2.1.3), or has not signed this one.
    static func check(_ der: [UInt8], _ outline: RevocationListOutline, issuer: Certificate) throws(PKIError) {
        guard maySign(issuer) else {
            throw PKIError(.notAuthority, RevocationList.subject, "its issuer \"\(issuer.subject)\" may not sign lists")
        }
        let key = try PublicKey(der: issuer.publicKeyDER)
        OpenSSL.begin()
        defer { OpenSSL.end() }
        let digest = unsafe try digest(der.span, outline.algorithm, key.algorithm)
        guard let context = unsafe Handle<DigestKind>(EVP_MD_CTX_new()) else {
            throw .drained(.failed, RevocationList.subject, "cannot be checked")
        }
        let isSigned = context.with { context in
            key.withHandle { key in
                unsafe der.withUnsafeBufferPointer { bytes in
                    // SAFETY: both ranges are within the bytes, as the outline found them there.
                    guard let start = bytes.baseAddress, unsafe EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else {
                        return false
                    }
                    return unsafe EVP_DigestVerify(
                        context, start + outline.signature.lowerBound, outline.signature.count, start + outline.signed.lowerBound,
                        outline.signed.count) == 1
                }
            }
        }
        guard isSigned else { throw PKIError(.badSignature, RevocationList.subject, "is not signed by \"\(issuer.subject)\"") }
    }

    private static func maySign(_ issuer: Certificate) -> Bool {
        guard let parsed = unsafe ParsedCertificate.parse(issuer.der, in: nil) else { return false }
        return parsed.with { parsed in
            let usage = unsafe X509_get_key_usage(parsed)
            return usage == UInt32.max || usage & UInt32(KU_CRL_SIGN) != 0
        }
    }

    /// The digest that an AlgorithmIdentifier means for this kind of key; nil where the key has its own.
    ///
    /// - Throws: for algorithms of yesterday, and for those that certctl's keys cannot have.
    private static func digest(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ key: KeyAlgorithm
    ) throws(PKIError) -> OpaquePointer? {
        let identifier =
            DER.element(in: bytes, range).flatMap { DER.element(in: bytes, $0.content) }.map { DER.copy(bytes, $0.content) } ?? []
        switch (key, identifier) {
        case (.rsa, rsaEncryption + [0x0B]), (.ecdsaP256, ecdsaSHA2 + [0x02]), (.ecdsaP384, ecdsaSHA2 + [0x02]): return unsafe EVP_sha256()
        case (.rsa, rsaEncryption + [0x0C]), (.ecdsaP256, ecdsaSHA2 + [0x03]), (.ecdsaP384, ecdsaSHA2 + [0x03]): return unsafe EVP_sha384()
        case (.rsa, rsaEncryption + [0x0D]), (.ecdsaP256, ecdsaSHA2 + [0x04]), (.ecdsaP384, ecdsaSHA2 + [0x04]): return unsafe EVP_sha512()
        case (.ed25519, ed25519): return nil
        default:
            throw PKIError(
                .badSignature, RevocationList.subject,
                "its signature algorithm is not known for a key of \(key); allowed are SHA-256, SHA-384, SHA-512 and Ed25519")
        }
    }

    /// RFC 8017 appendix A.2.4, without the last number.
    private static let rsaEncryption: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01]
    /// RFC 5758 §3.2, without the last number.
    private static let ecdsaSHA2: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03]
    /// RFC 8410 §3.
    private static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
}
