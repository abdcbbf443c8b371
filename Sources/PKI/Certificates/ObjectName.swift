internal import COpenSSL

/// Names of ASN.1 object identifiers for error messages and reports.
enum ObjectName {
    /// OpenSSL's short name, or the dotted numbers when it knows none.
    static func text(of object: OpaquePointer?) -> String {
        let nid = unsafe OBJ_obj2nid(object)
        if nid != NID_undef, let name = unsafe OBJ_nid2sn(nid) { return unsafe String(cString: name) }
        var text = [CChar](repeating: 0, count: 80)
        // The result is cut to the buffer and always ends in NUL.
        guard unsafe OBJ_obj2txt(&text, CInt(text.count), object, 1) > 0 else { return "unknown" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The same of an OBJECT IDENTIFIER in DER, tag included.
    static func read(_ der: [UInt8]) -> (nid: CInt, name: String)? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            guard let object = unsafe d2i_ASN1_OBJECT(nil, &next, bytes.count) else {
                OpenSSL.end()
                return nil
            }
            defer { unsafe ASN1_OBJECT_free(object) }
            return unsafe (OBJ_obj2nid(object), text(of: object))
        }
    }
}
