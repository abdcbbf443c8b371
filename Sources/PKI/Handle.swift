internal import COpenSSL

/// Which C object a ``Handle`` owns, and how it is freed.
protocol HandleKind {
    /// Frees one object. Called once.
    static func free(_ pointer: OpaquePointer)
}

/// The only owner of one libcrypto object; freed once, by `deinit`. The pointer is lent to closures and never returned.
@safe struct Handle<Kind: HandleKind>: ~Copyable {
    private let pointer: OpaquePointer

    /// Takes ownership of what a libcrypto constructor returned; nil when that was NULL.
    init?(_ pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = pointer
    }

    deinit { unsafe Kind.free(pointer) }

    /// Lends the pointer for the length of the call.
    @safe borrowing func with<R: ~Copyable, E: Error>(_ body: (OpaquePointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(pointer)
    }

    /// Has a `d2i` function decode the bytes; nil when it cannot, or when it leaves some of them.
    @safe static func decoded(
        _ der: Span<UInt8>, by decode: (inout UnsafePointer<UInt8>?, Int) -> OpaquePointer?
    ) -> Handle? {
        unsafe der.withUnsafeBufferPointer { bytes in
            // SAFETY: d2i reads at most `count` bytes from `next`, and moves it behind what it read.
            guard let start = bytes.baseAddress else { return nil }
            var next: UnsafePointer<UInt8>? = unsafe start
            let made = unsafe Handle(decode(&next, bytes.count))
            guard unsafe next == start + bytes.count else { return nil }
            return made
        }
    }

    /// Gives the object away to a libcrypto call that takes ownership when, and only when, it returns true.
    @safe consuming func give(to taker: (OpaquePointer) -> Bool) -> Bool {
        let pointer = unsafe pointer
        discard self
        guard unsafe taker(pointer) else {
            unsafe Kind.free(pointer)
            return false
        }
        return true
    }
}

/// `EVP_PKEY`: a key of any algorithm.
enum KeyKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe EVP_PKEY_free(pointer) }
}

/// `EVP_PKEY_CTX`: an operation with a key.
enum KeyContextKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe EVP_PKEY_CTX_free(pointer) }
}

/// `EC_KEY`; its private number is wiped when freed.
enum ECKeyKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe EC_KEY_free(pointer) }
}

/// `EC_POINT`: a public point.
enum ECPointKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe EC_POINT_free(pointer) }
}

/// `RSA`; its private numbers are wiped when freed.
enum RSAKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe RSA_free(pointer) }
}

/// `BIGNUM`, wiped when freed: most of those here are secret.
enum NumberKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe BN_clear_free(pointer) }
}

/// `BN_CTX`: room for intermediate numbers, wiped when freed.
enum NumberContextKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe BN_CTX_free(pointer) }
}

/// `PKCS8_PRIV_KEY_INFO`; the key octets in it are wiped when freed.
enum PKCS8Kind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe PKCS8_PRIV_KEY_INFO_free(pointer) }
}

/// `EVP_MD_CTX`: a digest or signature in progress.
enum DigestKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe EVP_MD_CTX_free(pointer) }
}

/// `ECDSA_SIG`: the pair R, S.
enum ECDSASignatureKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe ECDSA_SIG_free(pointer) }
}

/// `BIO`; a memory BIO wipes its buffer when freed.
enum BIOKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe BIO_free_all(pointer) }
}

/// `X509`: a certificate.
enum X509Kind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe X509_free(pointer) }
}

/// `X509_REQ`: a certificate signing request.
enum X509RequestKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe X509_REQ_free(pointer) }
}

/// `X509_NAME`: a distinguished name that nothing else owns.
enum X509NameKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe X509_NAME_free(pointer) }
}

/// `X509_EXTENSION`.
enum X509ExtensionKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe X509_EXTENSION_free(pointer) }
}

/// A stack of `GENERAL_NAME`, with its elements.
enum GeneralNamesKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe GENERAL_NAMES_free(pointer) }
}

/// A stack of `X509_EXTENSION`, with its elements.
enum ExtensionsKind: HandleKind {
    static func free(_ pointer: OpaquePointer) { unsafe certctl_X509_EXTENSIONS_free(pointer) }
}
