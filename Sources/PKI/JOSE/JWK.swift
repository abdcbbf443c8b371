/// A public key as JSON, RFC 7517, of the kinds that JWS here uses: EC P-256 and P-384, RSA, and Ed25519 (RFC 8037).
public enum JWK: Hashable, Sendable {
    /// `kty` EC. Coordinates have their full width.
    case ec(curve: ECCurve, x: [UInt8], y: [UInt8])
    /// `kty` RSA. Magnitudes without leading zeros.
    case rsa(modulus: [UInt8], exponent: [UInt8])
    /// `kty` OKP with `crv` Ed25519. 32 bytes.
    case ed25519([UInt8])

    /// A curve by its name in JOSE, RFC 7518 §6.2.1.1.
    public enum ECCurve: String, Hashable, Sendable, Codable {
        /// NIST P-256.
        case p256 = "P-256"
        /// NIST P-384.
        case p384 = "P-384"

        var curve: Curve {
            switch self {
            case .p256: .p256
            case .p384: .p384
            }
        }
    }

    /// The required members alone, in the order and without the blanks of RFC 7638 §3: what is hashed, and what a header holds.
    public var canonicalJSON: String {
        switch self {
        case .ec(let curve, let x, let y):
            #"{"crv":"\#(curve.rawValue)","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#
        case .rsa(let modulus, let exponent):
            #"{"e":"\#(Base64URL.encode(exponent))","kty":"RSA","n":"\#(Base64URL.encode(modulus))"}"#
        case .ed25519(let key):
            #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(key))"}"#
        }
    }

    /// The SHA-256 thumbprint in base64url, RFC 7638: the second half of an ACME key authorization (RFC 8555 §8.1).
    public var thumbprint: String { Base64URL.encode(sha256(Array(canonicalJSON.utf8))) }

    /// The algorithm of signatures with this key: `ES256`, `ES384`, `RS256`, `EdDSA`.
    public var jwsAlgorithm: String {
        switch self {
        case .ec(.p256, _, _): "ES256"
        case .ec(.p384, _, _): "ES384"
        case .rsa: "RS256"
        case .ed25519: "EdDSA"
        }
    }

    /// The key as a DER SubjectPublicKeyInfo. Not checked: whether a point is on its curve shows when the key is used.
    public var publicKeyDER: [UInt8] {
        switch self {
        case .ec(let curve, let x, let y): return curve.curve.publicKeyPrefix + [0x04] + x + y
        case .rsa(let modulus, let exponent):
            // rsaEncryption with NULL parameters, RFC 3279 §2.3.1.
            let type: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
            let algorithm = DER.sequence([DER.encode(DER.objectIdentifier, type), DER.encode(DER.null, [])])
            let numbers = DER.sequence([DER.unsigned(modulus), DER.unsigned(exponent)])
            return DER.sequence([algorithm, DER.encode(DER.bitString, [0] + numbers)])
        case .ed25519(let key): return Self.ed25519Prefix + key
        }
    }

    /// RFC 8410 §4: algorithm id-Ed25519 and the header of a BIT STRING of 32 bytes.
    private static let ed25519Prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
}

extension PrivateKey {
    /// The public half as a JWK.
    public var jwk: JWK {
        switch algorithm {
        case .ecdsaP256: return ec(.p256)
        case .ecdsaP384: return ec(.p384)
        case .ed25519: return .ed25519(Array(publicKeyDER.suffix(32)))
        case .rsa:
            guard let numbers = PublicKeyFacts.rsaNumbers(publicKeyDER) else {
                preconditionFailure("the public half of an RSA key that was read is not an RSA key")
            }
            return .rsa(modulus: numbers.modulus, exponent: numbers.exponent)
        }
    }

    /// The algorithm of its JWS signatures: `ES256`, `ES384`, `RS256`, `EdDSA`.
    public var jwsAlgorithm: String { jwk.jwsAlgorithm }

    private func ec(_ curve: JWK.ECCurve) -> JWK {
        let point = publicKeyDER.suffix(2 * curve.curve.coordinateBytes)
        return .ec(curve: curve, x: Array(point.prefix(curve.curve.coordinateBytes)), y: Array(point.suffix(curve.curve.coordinateBytes)))
    }
}
