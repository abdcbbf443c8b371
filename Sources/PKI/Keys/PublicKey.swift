internal import COpenSSL

/// The public half of a key, for checking signatures. Owns one `EVP_PKEY`. Any thread.
public final class PublicKey: @unchecked Sendable {  // SAFETY: the key is never changed after init; libcrypto locks its caches.
    private let handle: Handle<KeyKind>

    /// Its type and size.
    public let algorithm: KeyAlgorithm

    /// Reads a DER SubjectPublicKeyInfo, RFC 5280 §4.1.2.7. Points off their curve are refused.
    public init(der: [UInt8]) throws(PKIError) {
        guard let algorithm = PublicKeyFacts(der).algorithm else {
            throw PKIError(.unsupportedKey, Self.subject, "is \(PublicKeyFacts(der).description), which is not supported")
        }
        OpenSSL.begin()
        defer { OpenSSL.end() }
        let key = Handle<KeyKind>.decoded(der.span) { next, count in unsafe d2i_PUBKEY(nil, &next, count) }
        guard let key else { throw .drained(.malformed, Self.subject, "is not a well-formed SubjectPublicKeyInfo") }
        self.algorithm = algorithm
        handle = key
    }

    /// Lends the `EVP_PKEY`.
    @safe func withHandle<R: ~Copyable, E: Error>(_ body: (OpaquePointer) throws(E) -> R) throws(E) -> R {
        try handle.with(body)
    }

    /// The public half of any key as a DER SubjectPublicKeyInfo.
    static func encode(_ key: OpaquePointer, subject: String) throws(PKIError) -> [UInt8] {
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PUBKEY(key, &buffer)
        defer { unsafe certctl_OPENSSL_free(buffer) }
        guard count > 0, let buffer = unsafe buffer else { throw .drained(.failed, subject, "its public half cannot be written") }
        return unsafe Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
    }

    private static let subject = "public key"
}
