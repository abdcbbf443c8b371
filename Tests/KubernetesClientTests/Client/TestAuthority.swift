internal import Core
internal import FoundationEssentials
internal import PKI

/// A CA for 127.0.0.1, and certificates for clients.
struct TestAuthority {
    let pair: TLSKeyPair
    private let key: PrivateKey

    init(_ name: String = "test ca") throws {
        key = try PrivateKey.generate(.ecdsaP256)
        pair = try TLSKeyPair(certificates: [try TestAuthority.selfSigned(key, name, isCA: true)], privateKey: key)
    }

    /// What clients and servers trust.
    var pem: [UInt8] { Array(PEM.encode(pair.chain).utf8) }

    /// A certificate for 127.0.0.1 and these names.
    func server(_ names: [DNSName] = []) throws -> TLSKeyPair {
        let key = try PrivateKey.generate(.ecdsaP256)
        let csr = try CertificateSigningRequest.make(key: key, dnsNames: names, ipAddresses: names.isEmpty ? ["127.0.0.1"] : [])
        let now = Date()
        let leaf = try CertificateAuthority(keyPair: pair).sign(
            csrDER: csr, notBefore: now.addingTimeInterval(-3600), notAfter: now.addingTimeInterval(3600))
        return try TLSKeyPair(certificates: [leaf], privateKey: key)
    }

    /// A certificate with this common name that signs itself: those that a CA of ours signs are for servers only.
    static func client(_ name: String) throws -> TLSKeyPair {
        let key = try PrivateKey.generate(.ecdsaP256)
        return try TLSKeyPair(certificates: [try selfSigned(key, name, isCA: true)], privateKey: key)
    }

    private static func selfSigned(_ key: PrivateKey, _ name: String, isCA: Bool) throws -> Certificate {
        let now = Date()
        return try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: now.addingTimeInterval(-3600), notAfter: now.addingTimeInterval(86_400), isCA: isCA,
            commonName: name)
    }
}

extension TLSKeyPair {
    var certificateText: String { PEM.encode(chain) }
    var keyText: String { String(decoding: privateKeyPEM.copy(), as: UTF8.self) }
}
