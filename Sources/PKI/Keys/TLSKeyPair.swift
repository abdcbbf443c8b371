/// A private key with the certificate chain that belongs to it: what a `kubernetes.io/tls` Secret holds, checked.
///
/// A value is a proof: the key is sound, the leaf is for this key, and the chain is in order. There is no other way to make one than to
/// pass these checks. Whether it is expired or covers a host is not part of it.
public struct TLSKeyPair: Sendable {
    /// The chain in the order in which TLS sends it, and what was repaired.
    public let chainRepair: CertificateChain
    /// The private key alone as one canonical PEM block, as it was given: PKCS#8, SEC1 or PKCS#1. Kept as text, not as an `EVP_PKEY`,
    /// which takes several times the memory, and few of 10,000 are in use.
    public let privateKeyPEM: SecretBytes
    /// The key's type and size.
    public let keyAlgorithm: KeyAlgorithm

    /// Leaf first; at least one.
    public var chain: [Certificate] { chainRepair.certificates }
    /// The certificate for the key.
    public var leaf: Certificate { chainRepair.leaf }
    /// The certificate that signed the leaf, if the input had it; a root is known here though it is not sent.
    public var issuer: Certificate? { chain.dropFirst().first ?? (leaf.isSelfIssued ? nil : chainRepair.root) }
    /// The chain as DER, leaf first.
    public var chainDER: [[UInt8]] { chain.map(\.der) }

    /// Reads and checks a pair, as `tls.crt` and `tls.key` hold it. The leaf may stand anywhere in the file.
    ///
    /// - Throws: a ``PKIError`` that names what is wrong: either text too large, not PEM or damaged, the key encrypted or not supported, or
    ///   ``PKIError/Code/keyMismatch`` when no certificate is for the key.
    public init(certificatePEM: [UInt8], privateKeyPEM: [UInt8]) throws(PKIError) {
        let certificates = try CertificateChain.parse(pem: certificatePEM)
        let block = try KeyBlock(pem: privateKeyPEM.span)
        let key = try PrivateKey(block)
        try self.init(certificates, key, pem: block.pem)
    }

    /// Puts together a key and certificates that are at hand, with the same checks.
    public init(certificates: [Certificate], privateKey: PrivateKey) throws(PKIError) {
        try self.init(certificates, privateKey, pem: privateKey.pem())
    }

    private init(_ certificates: [Certificate], _ key: PrivateKey, pem: SecretBytes) throws(PKIError) {
        guard let leaf = certificates.first(where: { key.matches($0) }) else {
            throw PKIError(.keyMismatch, "private key", Self.mismatch(certificates, key))
        }
        chainRepair = CertificateChain(repairing: certificates, leaf: leaf)
        keyAlgorithm = key.algorithm
        privateKeyPEM = pem
    }

    /// The key, built anew from its text.
    public func privateKey() throws(PKIError) -> PrivateKey { try PrivateKey(pem: privateKeyPEM) }

    private static func mismatch(_ certificates: [Certificate], _ key: PrivateKey) -> String {
        guard let first = certificates.first else { return "has no certificate" }
        let names = first.dnsNames.prefix(3).joined(separator: ", ")
        let whose = names.isEmpty ? "\"\(first.subject)\"" : names
        let count = certificates.count == 1 ? "the certificate" : "none of the \(certificates.count) certificates"
        let verb = certificates.count == 1 ? "is not for it" : "is for it"
        return "\(count) \(verb): the key is \(key.algorithm), the first certificate has \(first.keyDescription) and is for \(whose)"
    }
}
