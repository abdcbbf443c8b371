internal import COpenSSL

extension KeyBlock.Kind {
    /// Reads and checks the key. The bytes are the whole of it: anything behind it is refused.
    func read(_ der: Span<UInt8>) throws(PKIError) -> KeyParts {
        switch self {
        case .pkcs8: try readPKCS8(der)
        case .sec1: try ECPrivateKey.read(der, outerCurve: nil)
        case .pkcs1: try RSAPrivateKey.read(der)
        }
    }

    private var malformed: PKIError { .drained(.malformed, KeyBlock.subject, "the PEM block \(rawValue) does not hold a key") }

    private func readPKCS8(_ der: Span<UInt8>) throws(PKIError) -> KeyParts {
        let info = Handle<PKCS8Kind>.decoded(der) { next, count in unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &next, count) }
        guard let info else { throw malformed }
        return try info.with { info throws(PKIError) in
            var type: OpaquePointer?
            var octets: UnsafePointer<UInt8>?
            var count: CInt = 0
            var algorithm: UnsafePointer<X509_ALGOR>?
            // SAFETY: what is got belongs to `info` and lives as long.
            guard unsafe PKCS8_pkey_get0(&type, &octets, &count, &algorithm, info) == 1, let octets = unsafe octets, count > 0 else {
                throw malformed
            }
            let inner = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: octets, count: Int(count)))
            let nid = unsafe OBJ_obj2nid(type)
            switch nid {
            case NID_X9_62_id_ecPublicKey:
                return try unsafe ECPrivateKey.read(inner, outerCurve: ECPrivateKey.curve(of: algorithm))
            case NID_rsaEncryption: return try RSAPrivateKey.read(inner)
            case NID_ED25519: return try Ed25519PrivateKey.read(inner)
            default:
                let name = unsafe ObjectName.text(of: type)
                throw PKIError(.unsupportedKey, KeyBlock.subject, "is of type \(name); ECDSA, RSA and Ed25519 are supported")
            }
        }
    }
}
