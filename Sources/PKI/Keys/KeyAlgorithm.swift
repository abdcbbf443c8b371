/// A key type that certctl makes, reads and serves.
///
/// Its text (`ECDSA P-256`, `RSA 2048`, `Ed25519`) is also how it is encoded.
public enum KeyAlgorithm: Hashable, Sendable, Codable, LosslessStringConvertible {
    /// ECDSA on NIST P-256 (`prime256v1`, `secp256r1`).
    case ecdsaP256
    /// ECDSA on NIST P-384 (`secp384r1`).
    case ecdsaP384
    /// RSA with a modulus of this many bits, ``PKILimits/rsaBitsMin`` to ``PKILimits/rsaBitsMax``.
    case rsa(bits: Int)
    /// Ed25519, RFC 8410. Few CAs sign it; useful for account keys and private CAs.
    case ed25519

    /// `ECDSA P-256`, `ECDSA P-384`, `RSA 2048`, `Ed25519`.
    public var description: String {
        switch self {
        case .ecdsaP256: "ECDSA P-256"
        case .ecdsaP384: "ECDSA P-384"
        case .rsa(let bits): "RSA \(bits)"
        case .ed25519: "Ed25519"
        }
    }

    /// Reads what ``description`` writes; nil for anything else.
    public init?(_ description: String) {
        switch description {
        case "ECDSA P-256": self = .ecdsaP256
        case "ECDSA P-384": self = .ecdsaP384
        case "Ed25519": self = .ed25519
        default:
            guard description.hasPrefix("RSA "), let bits = Int(description.dropFirst(4)),
                (PKILimits.rsaBitsMin...PKILimits.rsaBitsMax).contains(bits)
            else { return nil }
            self = .rsa(bits: bits)
        }
    }

    /// Decodes ``description``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let algorithm = KeyAlgorithm(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a key algorithm")
        }
        self = algorithm
    }

    /// Encodes ``description``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
