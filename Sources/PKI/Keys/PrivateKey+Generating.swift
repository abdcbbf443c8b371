internal import COpenSSL

extension PrivateKey {
    /// Makes a new key. RSA takes from tens of milliseconds to seconds, so not on a thread that others wait for.
    ///
    /// - Throws: ``PKIError/Code/unsupportedKey`` for an RSA size other than 2048, 3072 and 4096.
    public static func generate(_ algorithm: KeyAlgorithm) throws(PKIError) -> PrivateKey {
        if case .rsa(let bits) = algorithm, ![2048, 3072, 4096].contains(bits) {
            throw PKIError(.unsupportedKey, "private key", "cannot be RSA with \(bits) bits; 2048, 3072 and 4096 are supported")
        }
        OpenSSL.begin()
        defer { OpenSSL.end() }
        guard let handle = generated(algorithm) else {
            throw .drained(.failed, "private key", "\(algorithm) cannot be generated")
        }
        let publicKey = try handle.with { key throws(PKIError) in try unsafe PublicKey.encode(key, subject: "private key") }
        return PrivateKey(KeyParts(handle: handle, algorithm: algorithm, publicKeyDER: publicKey))
    }

    private static func generated(_ algorithm: KeyAlgorithm) -> Handle<KeyKind>? {
        let type =
            switch algorithm {
            case .ecdsaP256, .ecdsaP384: EVP_PKEY_EC
            case .rsa: EVP_PKEY_RSA
            case .ed25519: EVP_PKEY_ED25519
            }
        guard let context = unsafe Handle<KeyContextKind>(EVP_PKEY_CTX_new_id(type, nil)) else { return nil }
        return context.with { context in
            guard unsafe EVP_PKEY_keygen_init(context) == 1 else { return nil }
            let isSet =
                switch algorithm {
                case .ecdsaP256: unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, Curve.p256.nid)
                case .ecdsaP384: unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, Curve.p384.nid)
                case .rsa(let bits): unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, CInt(bits))
                case .ed25519: CInt(1)
                }
            var key: OpaquePointer?
            guard isSet == 1, unsafe EVP_PKEY_keygen(context, &key) == 1 else { return nil }
            return unsafe Handle<KeyKind>(key)
        }
    }
}
