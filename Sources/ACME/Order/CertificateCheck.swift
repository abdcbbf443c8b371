internal import Core
internal import FoundationEssentials
internal import PKI

/// Whether a downloaded chain is what was ordered. Nothing else of a CA's is handed out.
struct CertificateCheck {
    let identifiers: [ACMEIdentifier]
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
        try checkNames(keyPair.leaf, subject: subject)
        try checkValidity(keyPair.chain, subject: subject)
        try checkLinks(keyPair, subject: subject)
        return keyPair
    }

    /// Exactly the names of the order: one more would be served for a host that nobody asked for.
    private func checkNames(_ leaf: Certificate, subject: String) throws(ACMEError) {
        let names = Set(leaf.dnsNames.map { $0.lowercased() })
        let addresses = Set(leaf.ipAddresses.compactMap(IPAddressText.canonical))
        let wantedNames = Set(identifiers.filter { $0.kind == .dns }.map(\.value))
        let wantedAddresses = Set(identifiers.filter { $0.kind == .ip }.map(\.value))
        let missing = wantedNames.subtracting(names).union(wantedAddresses.subtracting(addresses))
        guard missing.isEmpty else { throw refused(subject, "the certificate lacks \(shown(missing))") }
        let surplus = names.subtracting(wantedNames).union(addresses.subtracting(wantedAddresses))
        guard surplus.isEmpty else { throw refused(subject, "the certificate has names that were not ordered: \(shown(surplus))") }
        guard leaf.unusableNameCount == 0 else {
            throw refused(subject, "the certificate has \(leaf.unusableNameCount) malformed names")
        }
    }

    private func checkValidity(_ chain: [Certificate], subject: String) throws(ACMEError) {
        for (index, certificate) in chain.enumerated() {
            let what = index == 0 ? "the certificate" : "certificate \(index + 1) of the chain"
            guard certificate.notAfter > now else {
                throw refused(subject, "\(what) expired at \(Timestamp.rfc3339(certificate.notAfter)) already")
            }
            // Within the hour it is more often our clock that is slow.
            guard certificate.notBefore <= now.addingTimeInterval(ACMELimits.notBeforeAheadMax.seconds) else {
                throw refused(subject, "\(what) is not valid before \(Timestamp.rfc3339(certificate.notBefore))")
            }
        }
        guard let leaf = chain.first else { return }
        let left = leaf.notAfter.timeIntervalSince(now)
        guard left >= ACMELimits.lifetimeMin.seconds else {
            throw refused(subject, "the certificate is valid for \(Int(left)) s only, less than \(Int(ACMELimits.lifetimeMin.seconds)) s")
        }
    }

    /// Every certificate signed the one before it. A CA may send the leaf alone, when its root signs directly.
    private func checkLinks(_ keyPair: TLSKeyPair, subject: String) throws(ACMEError) {
        for (certificate, issuer) in zip(keyPair.chain, keyPair.chain.dropFirst()) where !certificate.isIssued(by: issuer) {
            throw refused(subject, "the chain is broken: \(shown([certificate.subject])) is not signed by the certificate behind it")
        }
        let isAlone = keyPair.chain.count == 1 && !keyPair.leaf.isSelfIssued
        let unrelated = keyPair.chainRepair.dropped.filter { $0.reason == .unrelated }
        guard !isAlone || unrelated.isEmpty else {
            throw refused(subject, "the chain is broken: none of its \(unrelated.count) other certificates signed the certificate")
        }
    }

    /// Foreign names in a message: a few, on one line.
    private func shown(_ names: Set<String>) -> String {
        let first = names.sorted().prefix(3).map { String($0.prefix(ACMELimits.excerptCharactersMax)) }.joined(separator: ", ")
        return names.count > 3 ? first + " and \(names.count - 3) more" : first
    }

    private func refused(_ subject: String, _ reason: String) -> ACMEError {
        ACMEError(.certificateRefused, fault: .certificateAuthority, subject: subject, reason: reason)
    }
}
