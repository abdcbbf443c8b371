internal import Core
internal import FoundationEssentials
internal import PKI

/// Whether a downloaded chain is what was ordered. Nothing else of a CA's is handed out.
struct CertificateCheck {
    let request: OrderRequest
    let privateKeyPEM: SecretBytes
    let now: Date

    /// The checked pair.
    ///
    /// - Throws: `malformedAnswer` when the bytes are no chain, `certificateRefused` when it is another one than was ordered.
    func keyPair(from chainPEM: [UInt8], subject: String) throws(ACMEError) -> TLSKeyPair {
        let chain: [Certificate]
        do { chain = try CertificateChain.parse(pem: chainPEM) } catch {
            throw .malformed(subject, "what arrived is no certificate chain: \(error)")
        }
        guard !chain.isEmpty else { throw .malformed(subject, "what arrived holds no certificate") }
        let keyPair: TLSKeyPair
        do { keyPair = try TLSKeyPair(certificatePEM: chainPEM, privateKeyPEM: privateKeyPEM.copy()) } catch {
            throw refused(subject, "the certificate does not fit our private key: \(error)")
        }
        try check(keyPair.leaf, subject: subject)
        return keyPair
    }

    private func check(_ leaf: Certificate, subject: String) throws(ACMEError) {
        let names = Set(leaf.dnsNames.map { $0.lowercased() })
        let addresses = Set(leaf.ipAddresses.compactMap(IPAddressText.canonical))
        let missing = request.identifiers.filter { identifier in
            switch identifier.kind {
            case .dns: !names.contains(identifier.value)
            case .ip: !addresses.contains(identifier.value)
            }
        }
        guard missing.isEmpty else {
            throw refused(subject, "the certificate lacks \(missing.map(\.value).joined(separator: ", "))")
        }
        // A start in the future is left alone: it is more often our clock that is slow, and the CA has no better certificate.
        guard leaf.notAfter > now else {
            throw refused(subject, "the certificate expired at \(Timestamp.rfc3339(leaf.notAfter)) already")
        }
    }

    private func refused(_ subject: String, _ reason: String) -> ACMEError {
        ACMEError(.certificateRefused, fault: .certificateAuthority, subject: subject, reason: reason)
    }
}
