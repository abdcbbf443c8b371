internal import COpenSSL

/// What a SubjectPublicKeyInfo says about its key, read without building the key: type, size, and whether it is one of ours.
struct PublicKeyFacts: Sendable {
    /// The type, when it is supported.
    let algorithm: KeyAlgorithm?
    /// The type in words, always: `ECDSA P-256`, `RSA 1024`, `secp521r1`.
    let description: String

    /// Reads what can be read; never fails, because a certificate with a strange key is still a certificate.
    init(_ der: [UInt8]) {
        let bytes = der.span
        guard let outer = DER.element(in: bytes, 0..<bytes.count), outer.tag == DER.sequence, outer.whole.count == bytes.count,
            let parts = DER.elements(in: bytes, outer.content, countMax: 2), parts.count == 2,
            let identifier = DER.elements(in: bytes, parts[0].content, countMax: 2), let type = identifier.first,
            let found = ObjectName.read(DER.copy(bytes, type.whole))
        else {
            self.init(nil, "unreadable")
            return
        }
        switch found.nid {
        case NID_X9_62_id_ecPublicKey: self = Self.ec(bytes, parameters: identifier.count > 1 ? identifier[1] : nil)
        case NID_rsaEncryption: self = Self.rsa(bytes, key: parts[1])
        case NID_ED25519: self.init(.ed25519, KeyAlgorithm.ed25519.description)
        default: self.init(nil, found.name)
        }
    }

    private init(_ algorithm: KeyAlgorithm?, _ description: String) {
        self.algorithm = algorithm
        self.description = description
    }

    private static func ec(_ bytes: Span<UInt8>, parameters: DERElement?) -> PublicKeyFacts {
        guard let parameters, parameters.tag == DER.objectIdentifier, let found = ObjectName.read(DER.copy(bytes, parameters.whole))
        else { return PublicKeyFacts(nil, "ECDSA on a curve without a name") }
        guard let curve = Curve(nid: found.nid) else { return PublicKeyFacts(nil, "ECDSA \(found.name)") }
        return PublicKeyFacts(curve.algorithm, curve.algorithm.description)
    }

    private static func rsa(_ bytes: Span<UInt8>, key: DERElement) -> PublicKeyFacts {
        guard let numbers = rsaNumbers(bytes, key: key) else { return PublicKeyFacts(nil, "RSA, unreadable") }
        let bits = numbers.modulus.count * 8 - (numbers.modulus.first?.leadingZeroBitCount ?? 0)
        guard (PKILimits.rsaBitsMin...PKILimits.rsaBitsMax).contains(bits) else { return PublicKeyFacts(nil, "RSA \(bits)") }
        return PublicKeyFacts(.rsa(bits: bits), "RSA \(bits)")
    }

    /// The key itself: the octets in the BIT STRING of a SubjectPublicKeyInfo; empty when it is none.
    static func keyBits(_ der: [UInt8]) -> [UInt8] {
        let bytes = der.span
        guard let outer = DER.element(in: bytes, 0..<bytes.count), let parts = DER.elements(in: bytes, outer.content, countMax: 2),
            parts.count == 2, !parts[1].content.isEmpty
        else { return [] }
        return DER.copy(bytes, (parts[1].content.lowerBound + 1)..<parts[1].content.upperBound)
    }

    /// Modulus and exponent of an RSA key, from its SubjectPublicKeyInfo.
    static func rsaNumbers(_ der: [UInt8]) -> (modulus: [UInt8], exponent: [UInt8])? {
        let bytes = der.span
        guard let outer = DER.element(in: bytes, 0..<bytes.count), let parts = DER.elements(in: bytes, outer.content, countMax: 2),
            parts.count == 2
        else { return nil }
        return rsaNumbers(bytes, key: parts[1])
    }

    /// Modulus and exponent of an RSA key, as magnitudes, from the BIT STRING of its SubjectPublicKeyInfo. RFC 8017 appendix A.1.1.
    static func rsaNumbers(_ bytes: Span<UInt8>, key: DERElement) -> (modulus: [UInt8], exponent: [UInt8])? {
        guard key.tag == DER.bitString, !key.content.isEmpty, bytes[key.content.lowerBound] == 0,
            let pair = DER.element(in: bytes, (key.content.lowerBound + 1)..<key.content.upperBound), pair.tag == DER.sequence,
            let numbers = DER.elements(in: bytes, pair.content, countMax: 2), numbers.count == 2,
            numbers[0].tag == DER.integer, numbers[1].tag == DER.integer,
            let modulus = DER.magnitude(bytes, numbers[0].content), let exponent = DER.magnitude(bytes, numbers[1].content)
        else { return nil }
        return (modulus, exponent)
    }
}
