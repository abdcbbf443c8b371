internal import COpenSSL
public import FoundationEssentials

/// Roots that a chain of certificates may end at.
public struct TrustStore: Sendable {
    private let roots: [Certificate]?

    /// The roots that the system trusts: OpenSSL's default file and folder, or `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    public static let system = TrustStore(roots: nil)

    /// Nothing but these roots.
    ///
    /// - Parameter rootsPEM: one or more certificates; the bounds are those of a chain.
    /// - Throws: ``PKIError`` when one cannot be read.
    public init(rootsPEM: [UInt8]) throws(PKIError) {
        self.init(roots: try CertificateChain.parse(pem: rootsPEM))
    }

    private init(roots: [Certificate]?) {
        self.roots = roots
    }

    /// Builds a path from the first certificate to a root through the others, and checks it as for a TLS server. RFC 5280 §6. Names
    /// are not looked at: see ``Certificate/covers(_:)``.
    ///
    /// - Parameter chain: as a server showed it, leaf first, at most ``PKILimits/chainCertificatesMax``.
    /// - Returns: nil when the path holds, or the first thing that is wrong with it, in OpenSSL's words.
    /// - Throws: ``PKIError`` when a certificate cannot be read or libcrypto cannot work.
    public func refusal(of chain: [Certificate], at now: Date) throws(PKIError) -> String? {
        try objections(to: chain, at: now).first?.words
    }

    /// Everything that is wrong with the path that ``refusal(of:at:)`` builds: a chain may be too old and unknown too. Keys of less than 112 bits
    /// of strength (RSA below 2048) and signatures over SHA-1 or MD5 count, as they do for every browser.
    ///
    /// - Returns: empty when the path holds; at most ``PKILimits/chainCertificatesMax``.
    /// - Throws: ``PKIError`` as ``refusal(of:at:)`` does.
    public func objections(to chain: [Certificate], at now: Date) throws(PKIError) -> [ChainObjection] {
        guard let leaf = chain.first else { return [ChainObjection(.other, words: "there is no certificate")] }
        guard chain.count <= PKILimits.chainCertificatesMax else {
            let limit = PKILimits.chainCertificatesMax
            return [ChainObjection(.other, words: "the chain has \(chain.count) certificates; at most \(limit) are looked at")]
        }
        OpenSSL.begin()
        guard let store = unsafe Handle<TrustStoreKind>(X509_STORE_new()),
            let others = unsafe Handle<CertificateStackKind>(OPENSSL_sk_new_null()),
            let context = unsafe Handle<VerificationKind>(X509_STORE_CTX_new())
        else { throw .drained(.failed, TrustStore.subject, "cannot be made") }
        try fill(store)
        for certificate in chain.dropFirst() {
            let wasTaken = others.with { stack in
                TrustStore.parsed(certificate)?.give { unsafe OPENSSL_sk_push(stack, unsafe UnsafeRawPointer($0)) > 0 } ?? false
            }
            guard wasTaken else { throw .drained(.malformed, TrustStore.subject, "a certificate of the chain cannot be read") }
        }
        guard let parsed = TrustStore.parsed(leaf) else { throw .drained(.malformed, TrustStore.subject, "the leaf cannot be read") }
        return try TrustStore.objections(context, store, parsed, others, now)
    }

    private static let subject = "trust store"

    private static func parsed(_ certificate: Certificate) -> Handle<X509Kind>? { unsafe ParsedCertificate.parse(certificate.der, in: nil) }

    private func fill(_ store: borrowing Handle<TrustStoreKind>) throws(PKIError) {
        guard let roots else {
            guard store.with({ unsafe X509_STORE_set_default_paths($0) }) == 1 else {
                throw .drained(.failed, TrustStore.subject, "the system's roots cannot be found")
            }
            return
        }
        for root in roots {
            guard let parsed = TrustStore.parsed(root) else { throw .drained(.malformed, TrustStore.subject, "a root cannot be read") }
            let wasAdded = store.with { store in parsed.with { root in unsafe X509_STORE_add_cert(store, root) } }
            guard wasAdded == 1 else { throw .drained(.failed, TrustStore.subject, "a root cannot be added") }
        }
    }

    private static func objections(
        _ context: borrowing Handle<VerificationKind>, _ store: borrowing Handle<TrustStoreKind>, _ leaf: borrowing Handle<X509Kind>,
        _ others: borrowing Handle<CertificateStackKind>, _ now: Date
    ) throws(PKIError) -> [ChainObjection] {
        let collector = ObjectionCollector()
        // SAFETY: store, leaf, stack and collector are lent to the context, which is used within their lifetimes only.
        let wasChecked = context.with { context in
            store.with { store in
                leaf.with { leaf in
                    others.with { others in
                        guard unsafe X509_STORE_CTX_init(context, store, leaf, others) == 1,
                            unsafe X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1,
                            let parameters = unsafe X509_STORE_CTX_get0_param(context)
                        else { return false }
                        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, authenticationLevel)
                        unsafe X509_STORE_CTX_set_time(context, 0, time_t(clamping: Int64(now.timeIntervalSince1970)))
                        return unsafe collector.run(context)
                    }
                }
            }
        }
        guard wasChecked else { throw .drained(.failed, subject, "cannot be used") }
        OpenSSL.begin()
        return collector.objections
    }

    /// OpenSSL's level of 112 bits, its default for connections.
    private static let authenticationLevel: Int32 = 2
}

/// `X509_STORE`: roots.
enum TrustStoreKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe X509_STORE_free(pointer) }
}

/// `X509_STORE_CTX`: one verification.
enum VerificationKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe X509_STORE_CTX_free(pointer) }
}

/// `STACK_OF(X509)` that owns its certificates.
enum CertificateStackKind: HandleKind {
    static func free(_ pointer: OpaquePointer) {
        while let certificate = unsafe OPENSSL_sk_pop(pointer) { unsafe X509_free(OpaquePointer(certificate)) }
        unsafe OPENSSL_sk_free(pointer)
    }
}
