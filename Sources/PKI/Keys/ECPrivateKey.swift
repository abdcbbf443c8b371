internal import COpenSSL

/// Reads `ECPrivateKey`, RFC 5915 §3, on P-256 and P-384.
///
/// Not by `d2i_ECPrivateKey`: it accepts curves that the file itself defines, makes a new group for each key, and believes the
/// public point that the file states.
enum ECPrivateKey {
    /// The curve that PKCS#8 states outside of the key.
    static func curve(of algorithm: UnsafePointer<X509_ALGOR>?) throws(PKIError) -> Curve {
        var type: CInt = 0
        var value: UnsafeRawPointer?
        unsafe X509_ALGOR_get0(nil, &type, &value, algorithm)
        guard type == V_ASN1_OBJECT, let value = unsafe value else { throw notNamed(isExplicit: type == V_ASN1_SEQUENCE) }
        let object = OpaquePointer(value)
        return try unsafe curve(nid: OBJ_obj2nid(object), name: ObjectName.text(of: object))
    }

    static func read(_ der: Span<UInt8>, outerCurve: Curve?) throws(PKIError) -> KeyParts {
        guard let outer = DER.element(in: der, 0..<der.count), outer.tag == DER.sequence, outer.whole.count == der.count,
            let fields = DER.elements(in: der, outer.content, countMax: 4), fields.count >= 2,
            fields[0].tag == DER.integer, DER.copy(der, fields[0].content) == [1], fields[1].tag == DER.octetString
        else { throw malformed }
        var innerCurve: Curve?
        var point: [UInt8]?
        for field in fields.dropFirst(2) {
            switch field.tag {
            case 0xA0 where innerCurve == nil && point == nil: innerCurve = try curve(der, field.content)
            case 0xA1 where point == nil: point = try publicPoint(der, field.content)
            default: throw malformed
            }
        }
        guard let curve = outerCurve ?? innerCurve else { throw notNamed(isExplicit: false) }
        guard innerCurve == nil || innerCurve == curve else {
            throw PKIError(.inconsistentKey, KeyBlock.subject, "names two different curves")
        }
        let number = fields[1].content
        guard !number.isEmpty, number.count <= curve.coordinateBytes else { throw malformed }
        return try key(on: curve, number: der.extracting(number), statedPoint: point)
    }

    private static let malformed = PKIError(.malformed, KeyBlock.subject, "is not a well-formed EC private key")

    private static func notNamed(isExplicit: Bool) -> PKIError {
        let what = isExplicit ? "spells out its own EC curve parameters" : "does not name its EC curve"
        return PKIError(.unsupportedKey, KeyBlock.subject, "\(what); the named curves P-256 and P-384 are supported")
    }

    private static func curve(nid: CInt, name: String) throws(PKIError) -> Curve {
        guard let curve = Curve(nid: nid) else {
            throw PKIError(.unsupportedKey, KeyBlock.subject, "is on the EC curve \(name); P-256 and P-384 are supported")
        }
        return curve
    }

    private static func curve(_ der: Span<UInt8>, _ range: Range<Int>) throws(PKIError) -> Curve {
        guard let element = DER.element(in: der, range), element.whole == range else { throw malformed }
        guard element.tag == DER.objectIdentifier else { throw notNamed(isExplicit: element.tag == DER.sequence) }
        guard let found = ObjectName.read(DER.copy(der, range)) else { throw malformed }
        return try curve(nid: found.nid, name: found.name)
    }

    private static func publicPoint(_ der: Span<UInt8>, _ range: Range<Int>) throws(PKIError) -> [UInt8] {
        guard let bits = DER.element(in: der, range), bits.whole == range, bits.tag == DER.bitString, bits.content.count >= 2,
            der[bits.content.lowerBound] == 0
        else { throw malformed }
        return DER.copy(der, (bits.content.lowerBound + 1)..<bits.content.upperBound)
    }

    private static func key(on curve: Curve, number: Span<UInt8>, statedPoint: [UInt8]?) throws(PKIError) -> KeyParts {
        let scalar = unsafe number.withUnsafeBufferPointer { bytes in
            unsafe Handle<NumberKind>(BN_bin2bn(bytes.baseAddress, CInt(bytes.count), nil))
        }
        guard let scalar, let ec = unsafe Handle<ECKeyKind>(EC_KEY_new()) else { throw failed }
        let point = try curve.withGroup { group throws(PKIError) in
            guard let group = unsafe group, ec.with({ unsafe EC_KEY_set_group($0, group) }) == 1 else { throw failed }
            return try scalar.with { scalar throws(PKIError) in
                try ec.with { ec throws(PKIError) in try unsafe fill(ec, curve, group, scalar, statedPoint) }
            }
        }
        guard let key = unsafe Handle<KeyKind>(EVP_PKEY_new()) else { throw failed }
        let isAssigned = ec.give { ec in key.with { key in unsafe certctl_EVP_PKEY_assign_EC_KEY(key, ec) == 1 } }
        guard isAssigned else { throw failed }
        return KeyParts(handle: key, algorithm: curve.algorithm, publicKeyDER: curve.publicKeyPrefix + point)
    }

    private static var failed: PKIError { .drained(.failed, KeyBlock.subject, "cannot be set up") }

    /// Puts the number and the point that belongs to it into `ec`; returns the point, uncompressed.
    private static func fill(
        _ ec: OpaquePointer, _ curve: Curve, _ group: OpaquePointer, _ scalar: OpaquePointer, _ statedPoint: [UInt8]?
    ) throws(PKIError) -> [UInt8] {
        guard unsafe BN_is_zero(scalar) == 0, unsafe BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0 else {
            throw PKIError(.inconsistentKey, KeyBlock.subject, "is not a number of its curve")
        }
        guard let point = unsafe Handle<ECPointKind>(EC_POINT_new(group)) else { throw failed }
        return try point.with { point throws(PKIError) in
            guard unsafe EC_POINT_mul(group, point, scalar, nil, nil, nil) == 1 else { throw failed }
            var octets = [UInt8](repeating: 0, count: 1 + 2 * curve.coordinateBytes)
            let count = octets.count
            guard unsafe EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &octets, count, nil) == count else {
                throw failed
            }
            if let statedPoint, statedPoint != octets, unsafe !same(statedPoint, point, group) {
                throw PKIError(.inconsistentKey, KeyBlock.subject, "states a public key that does not belong to it")
            }
            guard unsafe EC_KEY_set_private_key(ec, scalar) == 1, unsafe EC_KEY_set_public_key(ec, point) == 1 else { throw failed }
            return octets
        }
    }

    private static func same(_ stated: [UInt8], _ point: OpaquePointer, _ group: OpaquePointer) -> Bool {
        guard let other = unsafe Handle<ECPointKind>(EC_POINT_new(group)) else { return false }
        return other.with { other in
            unsafe EC_POINT_oct2point(group, other, stated, stated.count, nil) == 1 && EC_POINT_cmp(group, other, point, nil) == 0
        }
    }
}
