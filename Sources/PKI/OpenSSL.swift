internal import COpenSSL

/// What every call into libcrypto shares: start-up, the error queue, and the library context for parsing.
///
/// The error queue belongs to the thread, and to everybody on it. It is emptied before a group of calls (``OpenSSL/begin()``), so that a
/// reason is never somebody else's, and behind it, by ``OpenSSL/drainReason()`` or ``OpenSSL/end()``, so that ours is never found by
/// another: `SSL_get_error` of a TLS library on this thread would take it for its own.
enum OpenSSL {
    /// Empties this thread's error queue; the first call also starts the library.
    static func begin() {
        _ = isStarted
        ERR_clear_error()
    }

    /// Empties this thread's error queue when something may have failed without consequence.
    static func end() { ERR_clear_error() }

    /// Empties the queue and returns the first reason in it, which is the cause; later ones are what it led to.
    static func drainReason() -> String? {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0, let text = unsafe ERR_reason_error_string(code) else { return nil }
        return unsafe String(cString: text)
    }

    // Without an exit handler: the process ends while other threads may still be inside libcrypto.
    private static let isStarted = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// Lends the library context in which certificates are parsed.
    ///
    /// It has the "null" provider alone. OpenSSL 3.0 decodes the public key of each certificate while it parses it, through every
    /// decoder of every provider: 166 us of the 181 us that `d2i_X509` takes. Where no decoder exists there is nothing to try.
    /// The key is decoded in the default context when a signature is checked, and only then.
    @safe static func withParsingContext<R: ~Copyable>(_ body: (OpaquePointer?) -> R) -> R { unsafe body(parsingContext.handle) }

    private static let parsingContext = ParsingContext()

    // Never freed: there is one, and it lives as long as the process.
    @safe private struct ParsingContext: @unchecked Sendable {  // SAFETY: written once, at start; OSSL_LIB_CTX has its own locks.
        let handle: OpaquePointer?

        init() {
            guard let context = unsafe OSSL_LIB_CTX_new() else {
                unsafe handle = nil  // The default context: slower, and just as right.
                return
            }
            // Any explicit load keeps the default provider from activating itself.
            _ = unsafe OSSL_PROVIDER_load(context, "null")
            unsafe handle = context
        }
    }
}
