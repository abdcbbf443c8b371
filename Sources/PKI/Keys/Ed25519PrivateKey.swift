internal import COpenSSL

/// Reads `CurvePrivateKey` of Ed25519: an OCTET STRING of 32 bytes. RFC 8410 §7.
enum Ed25519PrivateKey {
    static func read(_ der: Span<UInt8>) throws(PKIError) -> KeyParts {
        guard let seed = DER.element(in: der, 0..<der.count), seed.tag == DER.octetString, seed.whole.count == der.count,
            seed.content.count == 32
        else { throw PKIError(.malformed, KeyBlock.subject, "is not a well-formed Ed25519 private key") }
        let key = unsafe der.extracting(seed.content).withUnsafeBufferPointer { bytes in
            unsafe Handle<KeyKind>(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes.baseAddress, bytes.count))
        }
        guard let key else { throw .drained(.failed, KeyBlock.subject, "cannot be set up") }
        let publicKey = try key.with { key throws(PKIError) in try unsafe PublicKey.encode(key, subject: KeyBlock.subject) }
        return KeyParts(handle: key, algorithm: .ed25519, publicKeyDER: publicKey)
    }
}
