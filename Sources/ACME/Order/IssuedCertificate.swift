public import PKI

/// A certificate that is what was ordered: the key matches, the names are there, it is not expired.
public struct IssuedCertificate: Sendable {
    /// Key and chain, leaf first, without the root.
    public let keyPair: TLSKeyPair
    /// The chain as PEM, for `tls.crt`.
    public let chainPEM: [UInt8]
    /// The private key as PKCS#8 PEM, for `tls.key`. Secret.
    public let keyPEM: SecretBytes
    /// The order that it came from.
    public let orderURL: String
    /// Where it was downloaded.
    public let certificateURL: String
}
