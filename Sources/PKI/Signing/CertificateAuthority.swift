public import FoundationEssentials

/// A CA whose key is at hand, as cert-manager's `spec.ca` names it by a Secret: it signs requests.
public struct CertificateAuthority: Sendable {
    /// URLs to put into the certificates that it signs.
    public struct URLs: Hashable, Sendable {
        /// Where OCSP is answered.
        public var ocsp: [String]
        /// Where the CA's own certificate is.
        public var issuers: [String]
        /// Where its revocation list is.
        public var crls: [String]

        /// Each list may be empty.
        public init(ocsp: [String] = [], issuers: [String] = [], crls: [String] = []) {
            self.ocsp = ocsp
            self.issuers = issuers
            self.crls = crls
        }
    }

    /// The CA's certificate.
    public var certificate: Certificate { keyPair.leaf }
    /// What follows a leaf in its chain: the CA's certificate and those above it, without a self-signed root.
    public var issuingChain: [Certificate] { certificate.isSelfIssued ? [] : keyPair.chain }
    /// What clients have to trust: the root if the Secret had it, else the topmost certificate there is. For `ca.crt`.
    public var trustAnchor: Certificate { keyPair.chainRepair.root ?? keyPair.chain.last ?? certificate }

    private let keyPair: TLSKeyPair
    private let key: PrivateKey

    /// Takes a pair whose certificate may sign others.
    ///
    /// - Throws: ``PKIError/Code/notAuthority`` when basic constraints or key usage say otherwise.
    public init(keyPair: TLSKeyPair) throws(PKIError) {
        guard keyPair.leaf.isCA else {
            throw PKIError(.notAuthority, "certificate \"\(keyPair.leaf.subject)\"", "is no CA: its basic constraints do not say so")
        }
        guard keyPair.leaf.facts.maySignCertificates else {
            throw PKIError(.notAuthority, "certificate \"\(keyPair.leaf.subject)\"", "is no CA: its key usage lacks keyCertSign")
        }
        self.keyPair = keyPair
        key = try keyPair.privateKey()
    }

    /// Signs a request: its DNS names and addresses, its key, and its common name if it has one. Nothing else of it is taken over.
    ///
    /// - Parameter notAfter: cut to the CA's own, since a certificate is not trusted for longer than its issuer.
    /// - Throws: as ``CertificateSigningRequest/init(der:)``, and for a request without any name.
    public func sign(
        csrDER: [UInt8], notBefore: Date, notAfter: Date, urls: URLs = URLs()
    ) throws(PKIError) -> Certificate {
        let request = try CertificateSigningRequest(der: csrDER)
        guard !request.dnsNames.isEmpty || !request.ipAddresses.isEmpty else {
            throw PKIError(.badName, CertificateSigningRequest.subject, "asks for no DNS name and no IP address")
        }
        guard notBefore < certificate.notAfter else {
            throw PKIError(.badValidity, "certificate authority \"\(certificate.subject)\"", "has expired")
        }
        let names = try CertificateNames(
            request.dnsNames, request.ipAddresses, commonName: request.commonName, subject: CertificateSigningRequest.subject)
        let template = CertificateTemplate(
            names: names, publicKeyDER: request.publicKeyDER, notBefore: notBefore, notAfter: min(notAfter, certificate.notAfter),
            isCA: false, ocspURLs: urls.ocsp, issuerURLs: urls.issuers, crlURLs: urls.crls)
        return try template.signed(by: certificate, with: key)
    }
}
