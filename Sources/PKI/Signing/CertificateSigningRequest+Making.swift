internal import COpenSSL
public import Core

extension CertificateSigningRequest {
    /// Makes and signs a request in DER, as RFC 8555 §7.4 wants it in `finalize`.
    ///
    /// - Parameter commonName: at most 64 characters; nil, the better choice for public CAs, leaves the subject empty.
    /// - Throws: for an address that is none, a common name that is too long, or too many names.
    public static func make(
        key: PrivateKey, dnsNames: [DNSName], ipAddresses: [String] = [], commonName: String? = nil
    ) throws(PKIError) -> [UInt8] {
        let names = try CertificateNames(dnsNames, ipAddresses, commonName: commonName, subject: subject)
        OpenSSL.begin()
        defer { OpenSSL.end() }
        guard let request = unsafe Handle<X509RequestKind>(X509_REQ_new()), let name = names.subjectName() else { throw failed }
        return try request.with { request throws(PKIError) in
            let isFilled =
                unsafe X509_REQ_set_version(request, 0) == 1
                && name.with { name in unsafe X509_REQ_set_subject_name(request, name) == 1 }
                && key.withHandle { key in unsafe X509_REQ_set_pubkey(request, key) == 1 }
            guard isFilled else { throw failed }
            if let alternativeNames = names.alternativeNames() { try unsafe add(alternativeNames, to: request) }
            guard key.withHandle({ handle in unsafe X509_REQ_sign(request, handle, key.algorithm.digest) }) > 0 else { throw failed }
            var buffer: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_X509_REQ(request, &buffer)
            defer { unsafe certctl_OPENSSL_free(buffer) }
            guard count > 0, let buffer = unsafe buffer else { throw failed }
            return unsafe Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
        }
    }

    private static var failed: PKIError { .drained(.failed, subject, "cannot be made") }

    private static func add(_ wanted: CertificateExtension, to request: OpaquePointer) throws(PKIError) {
        guard let made = wanted.make(), let stack = unsafe Handle<ExtensionsKind>(OPENSSL_sk_new_null()) else { throw failed }
        // The stack owns what was pushed, and copies of it go into the request.
        let isPushed = made.give { made in stack.with { stack in unsafe OPENSSL_sk_push(stack, UnsafeRawPointer(made)) > 0 } }
        guard isPushed, stack.with({ stack in unsafe X509_REQ_add_extensions(request, stack) == 1 }) else { throw failed }
    }
}

extension KeyAlgorithm {
    /// The digest that a signature with such a key uses; none of its own for Ed25519. RFC 5758 §3.2.
    var digest: OpaquePointer? {
        switch self {
        case .ecdsaP256, .rsa: unsafe EVP_sha256()
        case .ecdsaP384: unsafe EVP_sha384()
        case .ed25519: nil
        }
    }
}
