import Core
import FoundationEssentials
import KubernetesAPI
import PKI

/// A certificate with its key as a Secret holds them, made once per set of names and validity.
struct Pair: Sendable {
    let names: [String]
    let notBefore: Date
    let notAfter: Date
    let certificatePEM: [UInt8]
    let privateKeyPEM: [UInt8]
    let leaf: Certificate

    /// What every test takes for the present.
    static let now = Date(timeIntervalSince1970: 1_770_000_000)

    /// - Parameter days: first and last day of the validity, counted from ``now``.
    init(_ names: [String], days: ClosedRange<Int> = -10...80) throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        self.names = names
        notBefore = Pair.now.addingTimeInterval(Double(days.lowerBound) * 86_400)
        notAfter = Pair.now.addingTimeInterval(Double(days.upperBound) * 86_400)
        leaf = try SelfSigned.issue(
            key: key, dnsNames: names.map { try DNSName(parsing: $0) }, notBefore: notBefore, notAfter: notAfter, commonName: "test")
        certificatePEM = Array(PEM.encode([leaf]).utf8)
        privateKeyPEM = key.pem().withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// The Secret that holds the pair.
    func secret(_ name: String, namespace: String = "shop") -> KubernetesObject {
        Make.secret(name, namespace: namespace, ["tls.crt": certificatePEM, "tls.key": privateKeyPEM])
    }
}
