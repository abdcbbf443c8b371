public import PKI

/// A name that was asked for and is not in the certificate, since the request allows that (``OrderRequest/allowsPartial``).
public struct LeftOutName: Sendable, Hashable, Codable {
    /// The name.
    public let identifier: ACMEIdentifier
    /// Why, for an operator, the CA's words at the end.
    public let reason: String
    /// The CA's words, whole, if it was the CA that refused.
    public let problem: Problem?

    /// A name and its reason.
    public init(identifier: ACMEIdentifier, reason: String, problem: Problem? = nil) {
        self.identifier = identifier
        self.reason = reason
        self.problem = problem
    }

    func redacting(_ secret: String) -> LeftOutName {
        LeftOutName(
            identifier: identifier, reason: reason.replacing(secret, with: "[redacted]"), problem: problem?.redacting(secret))
    }
}

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
    /// The names that it lacks, sorted; empty unless the request allows a part.
    public let leftOut: [LeftOutName]
    /// How many signed certificate timestamps the leaf carries (RFC 6962 §3.3). Public CAs put in two or more; private ones none.
    public let timestampCount: Int
}
