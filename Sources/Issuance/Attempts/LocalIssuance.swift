internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import PKI

/// Certificates that are made right here: self-signed, or signed with a CA key from a Secret.
struct LocalIssuance {
    let desired: DesiredCertificate
    let now: Date

    /// The start is set back by this, for clients whose clock is a little slow.
    private static let backdating: Duration = .minutes(1)

    private var notBefore: Date { now.addingTimeInterval(-Self.backdating.seconds) }
    private var notAfter: Date {
        now.addingTimeInterval((desired.options.duration ?? IssuanceLimits.durationDefault).seconds)
    }

    /// A certificate that signs itself. Clients trust it only when they are told to; `ca.crt` is what they can be told with.
    func selfSigned(_ spec: SelfSignedIssuerSpec) throws(IssuanceError) -> IssuedMaterial {
        do throws(PKIError) {
            let key = try newKey()
            let leaf = try SelfSigned.issue(
                key: key, dnsNames: desired.names.dnsNames, ipAddresses: desired.names.ipAddresses, notBefore: notBefore,
                notAfter: notAfter, isCA: false, commonName: commonName)
            let pem = Array(PEM.encode([leaf]).utf8)
            return IssuedMaterial(chainPEM: pem, keyPEM: key.pem(), caPEM: pem, leaf: leaf)
        } catch {
            throw IssuanceError(.ours, "a self-signed certificate cannot be made: \(error)", cause: .ours)
        }
    }

    /// A certificate signed with the key pair in a Secret. It never outlives its CA.
    func signed(by secret: Secret, _ spec: CAIssuerSpec) throws(IssuanceError) -> IssuedMaterial {
        let name = secret.metadata.id
        do throws(PKIError) {
            let authority = try CertificateAuthority(
                keyPair: TLSKeyPair(
                    certificatePEM: secret.data[Secret.certificateKey] ?? [], privateKeyPEM: secret.data[Secret.privateKeyKey] ?? []))
            // An expired CA gives an expired certificate, which is refused before it is written.
            return try sign(with: authority, spec)
        } catch {
            throw IssuanceError(
                .configuration, "the CA in Secret \(name) cannot sign: \(error)", cause: .signingKeyUnusable,
                advice: "put the certificate and the key of a CA into tls.crt and tls.key of Secret \(name)")
        }
    }

    private func sign(with authority: CertificateAuthority, _ spec: CAIssuerSpec) throws(PKIError) -> IssuedMaterial {
        let key = try newKey()
        let request = try CertificateSigningRequest.make(
            key: key, dnsNames: desired.names.dnsNames, ipAddresses: desired.names.ipAddresses, commonName: commonName)
        let urls = CertificateAuthority.URLs(
            ocsp: spec.ocspServers, issuers: spec.issuingCertificateURLs, crls: spec.crlDistributionPoints)
        let leaf = try authority.sign(
            csrDER: request, notBefore: max(notBefore, authority.certificate.notBefore), notAfter: notAfter, urls: urls)
        return IssuedMaterial(
            chainPEM: Array(PEM.encode([leaf] + authority.issuingChain).utf8), keyPEM: key.pem(),
            caPEM: Array(PEM.encode([authority.trustAnchor]).utf8), leaf: leaf)
    }

    private var commonName: String? { desired.options.commonName ?? desired.names.commonName }

    private func newKey() throws(PKIError) -> PrivateKey {
        try PrivateKey.generate(desired.options.keyAlgorithm ?? CertificateOptions.keyAlgorithmDefault)
    }
}
