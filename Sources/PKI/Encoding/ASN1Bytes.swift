internal import COpenSSL

/// The content octets of libcrypto's string-like objects.
enum ASN1Bytes {
    /// A copy of the octets; empty for NULL.
    static func copy(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        let count = unsafe string.map { unsafe Int(ASN1_STRING_length($0)) } ?? 0
        guard count > 0, let bytes = unsafe ASN1_STRING_get0_data(string) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    /// The octets as text, if all of them are printable ASCII: what an IA5String should be and need not be.
    static func printableText(_ string: UnsafePointer<ASN1_STRING>?) -> String? {
        let bytes = unsafe copy(string)
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
