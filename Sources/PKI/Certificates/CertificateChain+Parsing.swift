extension CertificateChain {
    /// Reads the certificates of a PEM text in their order. Blocks of other kinds, such as a private key, are passed over.
    ///
    /// - Throws: when the text is too large, has none or too many certificates, or one is damaged; the error says which, counting from 1.
    public static func parse(pem text: [UInt8]) throws(PKIError) -> [Certificate] {
        let subject = "certificate chain"
        guard text.count <= PKILimits.chainBytesMax else {
            throw PKIError(
                .tooLarge(got: text.count, limit: PKILimits.chainBytesMax), subject,
                "is \(text.count) bytes of PEM; at most \(PKILimits.chainBytesMax) are read")
        }
        let bytes = text.span
        // TRUSTED CERTIFICATE has trust settings behind the certificate and is nothing that a server sends.
        let blocks = try PEMBlock.all(in: bytes, subject: subject).filter { $0.label == "CERTIFICATE" || $0.label == "X509 CERTIFICATE" }
        guard !blocks.isEmpty else { throw PKIError(.notPEM, subject, "has no CERTIFICATE block") }
        guard blocks.count <= PKILimits.chainCertificatesMax else {
            throw PKIError(
                .tooLarge(got: blocks.count, limit: PKILimits.chainCertificatesMax), subject,
                "has \(blocks.count) certificates; at most \(PKILimits.chainCertificatesMax) are read")
        }
        var certificates: [Certificate] = []
        certificates.reserveCapacity(blocks.count)
        for block in blocks {
            let subject = "certificate \(certificates.count + 1)"
            guard let der = block.decoded(from: bytes) else {
                throw PKIError(.notPEM, subject, "the PEM block CERTIFICATE is not base64")
            }
            do throws(PKIError) {
                certificates.append(try Certificate(der: der))
            } catch {
                throw error.about(subject)
            }
        }
        return certificates
    }
}
