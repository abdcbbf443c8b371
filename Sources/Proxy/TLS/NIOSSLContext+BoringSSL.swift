internal import CBoringSSLContext
internal import NIOSSL

/// What BoringSSL can do and NIOSSL has no interface for.
///
/// NIOSSL keeps its `SSL_CTX` to itself, so the pointer is found by reflection: once for each context, and only if the stored property is
/// still what it was in 2.37; otherwise nothing happens. To be called before the context is used for a handshake.
extension NIOSSLContext {
    /// Hands an OCSP response to clients that ask for one. RFC 6066 §8; RFC 8446 §4.4.2.1.
    ///
    /// - Returns: false when NIOSSL is not what we know, or memory has run out.
    func staple(_ response: [UInt8]) -> Bool {
        guard let context = unsafe NIOSSLContext.pointer(of: self) else { return false }
        // SAFETY: the pointer is the context's `SSL_CTX`, which it frees at its own end and not before; it is held by the caller. BoringSSL
        // copies the bytes. No other thread uses the context yet.
        return unsafe response.withUnsafeBufferPointer { bytes in
            unsafe CNIOBoringSSL_SSL_CTX_set_ocsp_response(context, bytes.baseAddress, bytes.count) == 1
        }
    }

    /// Keeps no sessions of TLS 1.2 for clients that take no tickets. BoringSSL would hold 20,480 of them for two hours in each context:
    /// anybody could have 20 MiB held for each certificate, and what another replica holds is of no use to the client.
    func disableSessionCache() {
        guard let context = unsafe NIOSSLContext.pointer(of: self) else { return }
        // SAFETY: as above; the function sets a number.
        _ = unsafe CNIOBoringSSL_SSL_CTX_set_session_cache_mode(context, certctl_SSL_SESS_CACHE_OFF)
    }

    /// The `SSL_CTX` of a context; nil unless the object has a property of this name and type.
    static func pointer(of context: AnyObject) -> OpaquePointer? {
        let property = Mirror(reflecting: context).children.first { $0.label == "sslContext" }
        return unsafe property?.value as? OpaquePointer
    }
}
