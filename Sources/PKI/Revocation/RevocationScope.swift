/// Which certificates a revocation list is about, by its extensions. RFC 5280 §5.2.
struct RevocationScope {
    private var isForEndEntitiesOnly = false
    private var isForAuthoritiesOnly = false
    /// The URLs of the distribution point that the list is for; nil when it is for all.
    private var urls: [String]?

    /// A list without extensions.
    init() {}

    /// Reads the extensions of a list.
    ///
    /// - Throws: when they make it a list of a kind that cannot be used alone, or are critical and not known.
    init(_ bytes: Span<UInt8>, _ field: DERElement) throws(PKIError) {
        guard let list = DER.element(in: bytes, field.content) else { throw RevocationListOutline.malformed("its extensions") }
        for found in try DERExtension.all(bytes, list) {
            switch found.identifier {
            case Self.deltaIndicator: throw Self.refused("a delta list, which says only what is new")
            case Self.issuingDistributionPoint: try readPoint(bytes, found.value)
            case Self.number, Self.authorityKey: break
            default:
                guard !found.isCritical else {
                    throw PKIError(.malformed, RevocationList.subject, "has a critical extension that is not known")
                }
            }
        }
    }

    /// §5.2.5.
    private mutating func readPoint(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(PKIError) {
        guard let point = DER.element(in: bytes, value), point.tag == DER.sequence,
            let parts = DER.elements(in: bytes, point.content, countMax: 6)
        else { throw RevocationListOutline.malformed("its distribution point") }
        for part in parts {
            let isTrue = part.content.count == 1 && bytes[part.content.lowerBound] != 0
            switch part.tag {
            case 0xA0: urls = try Self.urls(bytes, part)
            case 0x81: isForEndEntitiesOnly = isTrue
            case 0x82: isForAuthoritiesOnly = isTrue
            case 0x83: throw Self.refused("a list for some reasons only")
            case 0x84 where isTrue: throw Self.refused("an indirect list")
            case 0x85 where isTrue: throw Self.refused("a list of attribute certificates")
            case 0x84, 0x85: break
            default: throw RevocationListOutline.malformed("its distribution point")
            }
        }
    }

    /// The URLs of a `DistributionPointName`; a name relative to the issuer's has none. §4.2.1.13.
    private static func urls(_ bytes: Span<UInt8>, _ part: DERElement) throws(PKIError) -> [String] {
        guard let name = DER.element(in: bytes, part.content), name.tag == 0xA0 || name.tag == 0xA1,
            let names = DER.elements(in: bytes, name.content, countMax: namesMax)
        else { throw RevocationListOutline.malformed("its distribution point") }
        return names.filter { $0.tag == 0x86 }.map { String(decoding: DER.copy(bytes, $0.content), as: UTF8.self) }
    }

    /// Whether the list says anything about a certificate. §6.3.3 (b): of a CA that cuts its list into many, another part would prove nothing.
    func check(_ certificate: Certificate) throws(PKIError) {
        if isForEndEntitiesOnly, certificate.isCA { throw Self.refused("for certificates that are no CA's") }
        if isForAuthoritiesOnly, !certificate.isCA { throw Self.refused("for certificates of CAs only") }
        if let urls, Set(urls).isDisjoint(with: certificate.crlURLs) {
            throw Self.refused("for another distribution point than the certificate's")
        }
    }

    private static func refused(_ what: String) -> PKIError { PKIError(.refused, RevocationList.subject, "is \(what)") }

    private static let number: [UInt8] = [0x55, 0x1D, 0x14]
    private static let authorityKey: [UInt8] = [0x55, 0x1D, 0x23]
    private static let deltaIndicator: [UInt8] = [0x55, 0x1D, 0x1B]
    private static let issuingDistributionPoint: [UInt8] = [0x55, 0x1D, 0x1C]
    /// Names of one distribution point; there is one, or the same under two schemes.
    private static let namesMax = 32
}
