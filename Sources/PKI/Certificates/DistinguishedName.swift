internal import COpenSSL

/// Names of subjects and issuers.
enum DistinguishedName {
    /// The name on one line as RFC 2253 writes it; anything but printable ASCII is escaped, so that it is safe on a terminal.
    static func line(_ name: OpaquePointer?, of subject: String) throws(PKIError) -> String {
        guard let buffer = unsafe Handle<BIOKind>(BIO_new(BIO_s_mem())) else { throw .drained(.failed, subject, "no memory") }
        let text = buffer.with { buffer -> String? in
            guard unsafe X509_NAME_print_ex(buffer, name, 0, certctl_XN_FLAG_RFC2253()) >= 0 else { return nil }
            var data: UnsafeMutablePointer<CChar>?
            let count = unsafe certctl_BIO_get_mem_data(buffer, &data)
            guard count > 0, let data = unsafe data else { return "" }
            // SAFETY: the BIO lends `count` bytes until it is written to or freed.
            return unsafe String(decoding: UnsafeRawBufferPointer(start: data, count: Int(count)), as: UTF8.self)
        }
        guard let text else { throw .drained(.malformed, subject, "has a name that cannot be printed") }
        return text
    }

    /// The first common name in UTF-8, or nil when there is none, or one with control characters.
    static func commonName(_ name: OpaquePointer?) -> String? { unsafe first(NID_commonName, of: name) }

    /// The first organization, likewise.
    static func organization(_ name: OpaquePointer?) -> String? { unsafe first(NID_organizationName, of: name) }

    private static func first(_ attribute: CInt, of name: OpaquePointer?) -> String? {
        let index = unsafe X509_NAME_get_index_by_NID(name, attribute, -1)
        guard index >= 0, let data = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)) else { return nil }
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = unsafe ASN1_STRING_to_UTF8(&buffer, data)
        defer { unsafe certctl_OPENSSL_free(buffer) }
        guard count > 0, let buffer = unsafe buffer else { return nil }
        let text = unsafe String(decoding: UnsafeBufferPointer(start: buffer, count: Int(count)), as: UTF8.self)
        return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) } ? text : nil
    }
}
