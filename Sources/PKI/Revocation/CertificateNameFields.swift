/// The names of a certificate as they are encoded, which is how a CA repeats them. RFC 5280 §4.1.
struct CertificateNameFields {
    let issuer: [UInt8]
    let subject: [UInt8]

    /// Nil when the bytes are no certificate.
    init?(_ bytes: Span<UInt8>) {
        guard let whole = DER.element(in: bytes, 0..<bytes.count), whole.tag == DER.sequence,
            let signed = DER.element(in: bytes, whole.content), signed.tag == DER.sequence,
            var fields = DER.elements(in: bytes, signed.content, countMax: 10)?[...]
        else { return nil }
        if fields.first?.tag == 0xA0 { fields.removeFirst() }
        // Serial number, algorithm, issuer, validity, subject.
        guard fields.count >= 5 else { return nil }
        issuer = DER.copy(bytes, fields[fields.startIndex + 2].whole)
        subject = DER.copy(bytes, fields[fields.startIndex + 4].whole)
    }
}
