extension JWK: Codable {
    private enum Member: String, CodingKey {
        case kty, crv, x, y, n, e
    }

    /// Reads the members that the type needs and ignores others, as RFC 7517 §4 wants. Private members are not read.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        switch try members.decode(String.self, forKey: .kty) {
        case "EC":
            let curve = try members.decode(ECCurve.self, forKey: .crv)
            let width = curve.curve.coordinateBytes
            self = .ec(curve: curve, x: try Self.bytes(members, .x, count: width), y: try Self.bytes(members, .y, count: width))
        case "RSA":
            let modulus = try Self.bytes(members, .n, count: nil)
            self = .rsa(modulus: modulus, exponent: try Self.bytes(members, .e, count: nil))
        case "OKP":
            guard try members.decode(String.self, forKey: .crv) == "Ed25519" else {
                throw DecodingError.dataCorruptedError(forKey: .crv, in: members, debugDescription: "only Ed25519 is supported")
            }
            self = .ed25519(try Self.bytes(members, .x, count: 32))
        default:
            throw DecodingError.dataCorruptedError(forKey: .kty, in: members, debugDescription: "only EC, RSA and OKP are supported")
        }
    }

    /// Writes the required members, as ``canonicalJSON``.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        switch self {
        case .ec(let curve, let x, let y):
            try members.encode("EC", forKey: .kty)
            try members.encode(curve, forKey: .crv)
            try members.encode(Base64URL.encode(x), forKey: .x)
            try members.encode(Base64URL.encode(y), forKey: .y)
        case .rsa(let modulus, let exponent):
            try members.encode("RSA", forKey: .kty)
            try members.encode(Base64URL.encode(modulus), forKey: .n)
            try members.encode(Base64URL.encode(exponent), forKey: .e)
        case .ed25519(let key):
            try members.encode("OKP", forKey: .kty)
            try members.encode("Ed25519", forKey: .crv)
            try members.encode(Base64URL.encode(key), forKey: .x)
        }
    }

    private static func bytes(_ members: KeyedDecodingContainer<Member>, _ member: Member, count: Int?) throws -> [UInt8] {
        let text = try members.decode(String.self, forKey: member)
        guard text.utf8.count <= PKILimits.rsaBitsMax / 6 + 4, let bytes = Base64URL.decode(text), !bytes.isEmpty,
            count == nil || bytes.count == count
        else {
            throw DecodingError.dataCorruptedError(forKey: member, in: members, debugDescription: "not base64url of the right length")
        }
        return count == nil ? Array(bytes.drop { $0 == 0 }) : bytes
    }
}
