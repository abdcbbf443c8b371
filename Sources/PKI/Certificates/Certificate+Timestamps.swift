internal import COpenSSL

extension Certificate {
    /// How many signed certificate timestamps the certificate carries. RFC 6962 §3.3. Read anew each time, since it is wanted once, at
    /// issuance. None when the extension is absent or damaged; whether they are any good is for clients to say.
    public var signedCertificateTimestampCount: Int {
        defer { OpenSSL.end() }
        guard let parsed = try? ParsedCertificate(der), let list = parsed.timestampList() else { return 0 }
        return Certificate.timestampCount(inListDER: list)
    }

    /// Counts in an OCTET STRING that holds a TLS vector of TLS vectors, each with its length in two bytes.
    static func timestampCount(inListDER der: [UInt8]) -> Int {
        let bytes = der.span
        guard let element = DER.element(in: bytes, 0..<bytes.count), element.tag == DER.octetString, element.whole.count == bytes.count
        else { return 0 }
        var at = element.content.lowerBound
        let end = element.content.upperBound
        func length() -> Int? {
            guard end - at >= 2 else { return nil }
            defer { at += 2 }
            return Int(bytes[at]) << 8 | Int(bytes[at + 1])
        }
        guard let total = length(), total == end - at else { return 0 }
        var count = 0
        while at < end {
            guard let size = length(), size > 0, size <= end - at else { return 0 }
            at += size
            count += 1
        }
        return count
    }
}
