internal import ACME
internal import Core
internal import FoundationEssentials
internal import PKI

/// Makes certificates, right ones and wrong ones.
extension FakeCA {
    /// The chains for an order as PEM: the one of "Fake CA A", then the one of "Fake CA B".
    func issue(for order: OrderState, csr text: String) throws -> [String] {
        guard let der = Base64URL.decode(text) else { throw Refusal(400, "badCSR", "not base64url") }
        let csr: CertificateSigningRequest
        do { csr = try CertificateSigningRequest(der: der) } catch { throw Refusal(400, "badCSR", "\(error)") }
        let asked = Set(csr.dnsNames.map { ACMEIdentifier($0) } + (try csr.ipAddresses.map { try ACMEIdentifier(parsing: $0) }))
        guard asked == Set(order.identifiers) else { throw Refusal(400, "badCSR", "the names are not those of the order") }
        guard !accounts.values.contains(where: { $0.key.publicKeyDER == csr.publicKeyDER }) else {
            throw Refusal(400, "badCSR", "the key is an account key")
        }
        let now = time.now()
        var request = der
        var start = now.addingTimeInterval(-3600)
        var end = now.addingTimeInterval(90 * 86_400)
        switch settings.product {
        case .right, .brokenChain: break
        case .names(let names, let key):
            guard let key = key() else { throw Refusal(500, "serverInternal", "the test lent no key") }
            request = try CertificateSigningRequest.make(key: key, dnsNames: names.map { try DNSName(parsing: $0) })
        case .notYetValid: start = now.addingTimeInterval(2 * 86_400)
        case .tooShort: end = now.addingTimeInterval(30)
        case .otherKey: request = try CertificateSigningRequest.make(key: PrivateKey.generate(.ecdsaP256), dnsNames: csr.dnsNames)
        case .expired:
            start = now.addingTimeInterval(-7200)
            end = now.addingTimeInterval(-3600)
        }
        issuedKeys.append(csr.publicKeyDER)
        return try authorities.prefix(settings.offersAlternate ? 2 : 1).map { authority in
            let leaf = try authority.sign(csrDER: request, notBefore: start, notAfter: end)
            return PEM.encode([leaf] + (try behind(authority)))
        }
    }

    /// What is sent behind the leaf.
    private func behind(_ authority: CertificateAuthority) throws -> [Certificate] {
        guard case .brokenChain = settings.product else { return authority.issuingChain }
        let key = try PrivateKey.generate(.ecdsaP256)
        let now = time.now()
        let root = try CertificateAuthority(
            keyPair: TLSKeyPair(
                certificates: [
                    SelfSigned.issue(
                        key: key, dnsNames: [], notBefore: now.addingTimeInterval(-60), notAfter: now.addingTimeInterval(86_400),
                        isCA: true,
                        commonName: "Stranger")
                ], privateKey: key))
        // A leaf of somebody else's.
        let strange = try CertificateSigningRequest.make(
            key: PrivateKey.generate(.ecdsaP256), dnsNames: [DNSName(parsing: "stranger.example")])
        return [try root.sign(csrDER: strange, notBefore: now.addingTimeInterval(-60), notAfter: now.addingTimeInterval(3600))]
    }
}
