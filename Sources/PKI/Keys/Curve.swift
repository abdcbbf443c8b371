internal import COpenSSL

/// A NIST curve that is supported, with its one shared `EC_GROUP`.
enum Curve: Sendable {
    case p256
    case p384

    /// Bytes of a coordinate, of a private number, and of R and S in a JWS signature. RFC 7518 §3.4, §6.2.1.2.
    var coordinateBytes: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        }
    }

    /// The key algorithm on this curve.
    var algorithm: KeyAlgorithm {
        switch self {
        case .p256: .ecdsaP256
        case .p384: .ecdsaP384
        }
    }

    /// OpenSSL's number of the curve.
    var nid: CInt {
        switch self {
        case .p256: NID_X9_62_prime256v1
        case .p384: NID_secp384r1
        }
    }

    /// The curve with this number, if it is supported.
    init?(nid: CInt) {
        switch nid {
        case NID_X9_62_prime256v1: self = .p256
        case NID_secp384r1: self = .p384
        default: return nil
        }
    }

    /// The curve of an ECDSA key; nil for other keys.
    init?(_ algorithm: KeyAlgorithm) {
        switch algorithm {
        case .ecdsaP256: self = .p256
        case .ecdsaP384: self = .p384
        case .rsa, .ed25519: return nil
        }
    }

    /// The DER of a SubjectPublicKeyInfo up to the point: algorithm id-ecPublicKey, this curve, BIT STRING header. RFC 5480 §2.
    var publicKeyPrefix: [UInt8] {
        let algorithm: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
        switch self {
        case .p256: return [0x30, 0x59, 0x30, 0x13] + algorithm + Self.p256OID + [0x03, 0x42, 0x00]
        case .p384: return [0x30, 0x76, 0x30, 0x10] + algorithm + Self.p384OID + [0x03, 0x62, 0x00]
        }
    }

    private static let p256OID: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    private static let p384OID: [UInt8] = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]

    /// Lends the group; nil only when libcrypto has no memory or a provider that forbids the curve.
    @safe func withGroup<R: ~Copyable, E: Error>(_ body: (OpaquePointer?) throws(E) -> R) throws(E) -> R {
        switch self {
        case .p256: try unsafe body(Self.p256Group.handle)
        case .p384: try unsafe body(Self.p384Group.handle)
        }
    }

    // Making a group takes 13 us, more than the multiplication it is for.
    private static let p256Group = SharedGroup(.p256)
    private static let p384Group = SharedGroup(.p384)

    // Never freed: there are two, and they live as long as the process.
    @safe private struct SharedGroup: @unchecked Sendable {  // SAFETY: an EC_GROUP is only read after it was made.
        let handle: OpaquePointer?
        init(_ curve: Curve) { unsafe handle = EC_GROUP_new_by_curve_name(curve.nid) }
    }
}
