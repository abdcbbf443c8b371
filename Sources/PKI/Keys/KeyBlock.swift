/// One PEM block with an unencrypted private key, decoded into memory that is wiped. Its content is not checked yet.
struct KeyBlock: Sendable {
    /// The structure, by the label of the block.
    enum Kind: String, Sendable {
        /// RFC 5958.
        case pkcs8 = "PRIVATE KEY"
        /// SEC1, RFC 5915.
        case sec1 = "EC PRIVATE KEY"
        /// RFC 8017 appendix A.1.2.
        case pkcs1 = "RSA PRIVATE KEY"
    }

    let kind: Kind
    let der: SecretBytes

    /// The block alone, as canonical PEM.
    var pem: SecretBytes { PEM.encode(secret: der, label: kind.rawValue) }

    /// Finds the first private key in a PEM text.
    init(pem text: Span<UInt8>) throws(PKIError) {
        guard text.count <= PKILimits.keyBytesMax else {
            throw PKIError(
                .tooLarge(got: text.count, limit: PKILimits.keyBytesMax), Self.subject,
                "is \(text.count) bytes of PEM; at most \(PKILimits.keyBytesMax) are read")
        }
        let blocks = try PEMBlock.all(in: text, subject: Self.subject)
        guard let block = blocks.first(where: { $0.label.hasSuffix("PRIVATE KEY") }) else {
            throw PKIError(.notPEM, Self.subject, Self.missing(among: blocks))
        }
        guard block.label != "ENCRYPTED PRIVATE KEY", !block.isEncrypted else {
            throw PKIError(.encryptedKey, Self.subject, "is encrypted; only keys without a pass phrase can be used")
        }
        guard let kind = Kind(rawValue: block.label) else {
            throw PKIError(
                .unsupportedKey, Self.subject,
                "is a \(block.label); PRIVATE KEY (PKCS#8), EC PRIVATE KEY and RSA PRIVATE KEY are supported")
        }
        guard let der = block.decodedSecret(from: text), der.count > 0 else {
            throw PKIError(.notPEM, Self.subject, "the PEM block \(block.label) is not base64")
        }
        self.kind = kind
        self.der = der
    }

    /// The word for it in errors.
    static let subject = "private key"

    private static func missing(among blocks: [PEMBlock]) -> String {
        guard let first = blocks.first else { return "has no PEM block" }
        return "has no PRIVATE KEY block, but \(first.label)"
    }
}
