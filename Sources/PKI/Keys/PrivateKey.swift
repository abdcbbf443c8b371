internal import COpenSSL

/// A private key. Owns one `EVP_PKEY`, which libcrypto wipes when the last holder lets go. Any thread.
public final class PrivateKey: @unchecked Sendable {  // SAFETY: the key is never changed after init; libcrypto locks its caches.
    private let handle: Handle<KeyKind>

    /// Its type and size.
    public let algorithm: KeyAlgorithm

    /// The public half as a DER SubjectPublicKeyInfo, RFC 5280 §4.1.2.7. EC points are uncompressed.
    public let publicKeyDER: [UInt8]

    /// Takes a key that was generated or read and checked.
    init(_ parts: consuming KeyParts) {
        algorithm = parts.algorithm
        publicKeyDER = parts.publicKeyDER
        handle = parts.handle
    }

    /// Lends the `EVP_PKEY`.
    @safe func withHandle<R: ~Copyable, E: Error>(_ body: (OpaquePointer) throws(E) -> R) throws(E) -> R {
        try handle.with(body)
    }

    /// The key as an unencrypted PKCS#8 PEM block (`PRIVATE KEY`), in memory that is wiped. RFC 5958.
    public func pem() -> SecretBytes { PEM.encode(secret: pkcs8(), label: "PRIVATE KEY") }

    /// Whether the certificate is for this key: the public keys are the same.
    public func matches(_ certificate: Certificate) -> Bool {
        if certificate.publicKeyDER == publicKeyDER { return true }
        // One key can be written in two ways (a compressed point), so unequal bytes of the same algorithm are compared as keys.
        guard certificate.keyAlgorithm == algorithm, certificate.publicKeyDER.count != publicKeyDER.count,
            let other = try? PublicKey(der: certificate.publicKeyDER)
        else { return false }
        defer { OpenSSL.end() }
        return withHandle { own in other.withHandle { other in unsafe EVP_PKEY_eq(own, other) == 1 } }
    }

    private func pkcs8() -> SecretBytes {
        OpenSSL.begin()
        guard let info = withHandle({ key in unsafe Handle<PKCS8Kind>(EVP_PKEY2PKCS8(key)) }) else {
            preconditionFailure("a checked key cannot be written: \(OpenSSL.drainReason() ?? "no reason")")
        }
        return info.with { info in
            let length = unsafe i2d_PKCS8_PRIV_KEY_INFO(info, nil)
            precondition(length > 0, "a checked key cannot be written")
            return SecretBytes(capacity: Int(length)) { target in
                unsafe target.withUnsafeMutableBufferPointer { buffer, count in
                    // SAFETY: the same structure has the same length the second time; the buffer has room for it.
                    var end = buffer.baseAddress
                    count = unsafe Int(i2d_PKCS8_PRIV_KEY_INFO(info, &end))
                }
            }
        }
    }
}
