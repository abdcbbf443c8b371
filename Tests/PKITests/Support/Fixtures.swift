import Core
import FoundationEssentials
import PKI

/// Keys and certificates that tests share; made once, by the code under test, whose results other suites compare with the CLI.
struct Fixtures: Sendable {
    static let shared = Result { try Fixtures() }

    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    let rootKey: PrivateKey
    let root: Certificate
    let leafKey: PrivateKey
    let leaf: Certificate
    let otherKey: PrivateKey

    init() throws {
        rootKey = try PrivateKey.generate(.ecdsaP256)
        root = try SelfSigned.issue(
            key: rootKey, dnsNames: [], notBefore: Self.now, notAfter: Self.now.addingTimeInterval(1e9), isCA: true, commonName: "Root")
        leafKey = try PrivateKey.generate(.ecdsaP256)
        otherKey = try PrivateKey.generate(.ecdsaP256)
        let authority = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [root], privateKey: rootKey))
        let request = try CertificateSigningRequest.make(
            key: leafKey, dnsNames: [DNSName(parsing: "www.example.com"), DNSName(parsing: "*.example.org")],
            ipAddresses: ["192.0.2.1", "2001:db8::1"])
        leaf = try authority.sign(
            csrDER: request, notBefore: Self.now, notAfter: Self.now.addingTimeInterval(1e7),
            urls: .init(ocsp: ["http://ocsp.example.net"], issuers: ["http://ca.example.net/ca.der"], crls: ["http://crl.example.net/1"]))
    }

    /// The private key as PEM, as a Secret would hold it.
    var leafKeyPEM: [UInt8] { leafKey.pem().copy() }

    /// The leaf as PEM.
    var leafPEM: [UInt8] { Array(PEM.encode([leaf]).utf8) }
}

/// The code of the ``PKIError`` that the body throws; nil when it throws none.
func code(of body: () throws -> Void) -> PKIError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? PKIError)?.code
    }
}

/// The text of the error that the body throws; empty when it throws none.
func message(of body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return String(describing: error)
    }
}

/// Bytes written as hexadecimal digits, blanks ignored.
func bytes(_ hexadecimal: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in hexadecimal.compactMap(\.hexDigitValue) {
        if let first = high {
            bytes.append(first << 4 | UInt8(digit))
            high = nil
        } else {
            high = UInt8(digit)
        }
    }
    return bytes
}
