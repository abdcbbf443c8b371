/// The name of a certificate in renewal information and in `replaces`. RFC 9773 §4.1.
public struct ARICertificateID: Hashable, Sendable, CustomStringConvertible {
    /// `base64url(authority key identifier).base64url(serial number)`: safe in a URL and in an object's key.
    public let text: String

    /// The identifier of a certificate; nil when it has no authority key identifier or its serial number is negative, so that no CA can
    /// know it.
    public init?(_ certificate: Certificate) {
        guard let key = certificate.authorityKeyIdentifier, !key.isEmpty, !certificate.facts.isSerialNegative else { return nil }
        // The content of the DER INTEGER: a zero byte in front where the first bit would be taken for a sign.
        let serial = certificate.serialNumberBytes
        let content = (serial.first ?? 0) >= 0x80 ? [0] + serial : serial
        text = Base64URL.encode(key) + "." + Base64URL.encode(content)
    }

    /// Reads an identifier that was written down; nil when it is none.
    public init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= PKILimits.ariIdentifierBytesMax, parts.count == 2,
            parts.allSatisfy({ !$0.isEmpty && Base64URL.decode($0) != nil })
        else { return nil }
        self.text = String(text)
    }

    /// The text.
    public var description: String { text }
}
