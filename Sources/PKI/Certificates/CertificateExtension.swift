internal import COpenSSL
internal import Core

/// An extension to put into a certificate or a request: its number in libcrypto, and its DER.
struct CertificateExtension {
    /// `NID_undef` for one that libcrypto does not know.
    let nid: CInt
    let isCritical: Bool
    let value: [UInt8]
    /// The object identifier of one that libcrypto does not know, as `1.2.3`.
    var objectIdentifier = ""

    /// The libcrypto object.
    func make() -> Handle<X509ExtensionKind>? {
        guard let octets = unsafe ASN1_OCTET_STRING_new() else { return nil }
        defer { unsafe ASN1_OCTET_STRING_free(octets) }
        guard unsafe ASN1_OCTET_STRING_set(octets, value, CInt(value.count)) == 1 else { return nil }
        guard nid == NID_undef else { return unsafe Handle(X509_EXTENSION_create_by_NID(nil, nid, isCritical ? 1 : 0, octets)) }
        guard let object = unsafe OBJ_txt2obj(objectIdentifier, 1) else { return nil }
        defer { unsafe ASN1_OBJECT_free(object) }
        return unsafe Handle(X509_EXTENSION_create_by_OBJ(nil, object, isCritical ? 1 : 0, octets))
    }
}

/// The extensions that we write. RFC 5280 §4.2.
extension CertificateExtension {
    /// Subject alternative name, §4.2.1.6; critical when the subject is empty.
    static func alternativeNames(_ names: [DNSName], _ addresses: [[UInt8]], isCritical: Bool) -> CertificateExtension {
        let encoded = names.map { DER.encode(0x82, Array($0.ascii.utf8)) } + addresses.map { DER.encode(0x87, $0) }
        return CertificateExtension(nid: NID_subject_alt_name, isCritical: isCritical, value: DER.sequence(encoded))
    }

    /// `id-pe-acmeIdentifier` with the digest of a key authorization, RFC 8737 §3; always critical.
    static func acmeIdentifier(digest: [UInt8]) -> CertificateExtension {
        CertificateExtension(
            nid: NID_undef, isCritical: true, value: DER.encode(DER.octetString, digest), objectIdentifier: "1.3.6.1.5.5.7.1.31")
    }

    /// Basic constraints, §4.2.1.9.
    static func basicConstraints(isCA: Bool) -> CertificateExtension {
        let value = DER.sequence(isCA ? [DER.encode(0x01, [0xFF])] : [])
        return CertificateExtension(nid: NID_basic_constraints, isCritical: true, value: value)
    }

    /// Key usage, §4.2.1.3: signing certificates and revocation lists, or what TLS needs of this key type.
    static func keyUsage(isCA: Bool, _ algorithm: KeyAlgorithm) -> CertificateExtension {
        let bits: [UInt8] =
            switch (isCA, algorithm) {
            case (true, _): [1, 0b1000_0110]
            case (false, .rsa): [5, 0b1010_0000]
            case (false, .ecdsaP256), (false, .ecdsaP384), (false, .ed25519): [7, 0b1000_0000]
            }
        return CertificateExtension(nid: NID_key_usage, isCritical: true, value: DER.encode(DER.bitString, bits))
    }

    /// Extended key usage `id-kp-serverAuth`, §4.2.1.12.
    static func serverAuthentication() -> CertificateExtension {
        let purpose = DER.encode(DER.objectIdentifier, [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01])
        return CertificateExtension(nid: NID_ext_key_usage, isCritical: false, value: DER.sequence([purpose]))
    }

    /// Subject key identifier, §4.2.1.2: 160 bits of SHA-256 of the key (RFC 7093 §2 method 1), not SHA-1, which FIPS modules may refuse.
    static func subjectKeyIdentifier(_ identifier: [UInt8]) -> CertificateExtension {
        CertificateExtension(
            nid: NID_subject_key_identifier, isCritical: false, value: DER.encode(DER.octetString, identifier))
    }

    /// Authority key identifier, §4.2.1.1.
    static func authorityKeyIdentifier(_ identifier: [UInt8]) -> CertificateExtension {
        CertificateExtension(
            nid: NID_authority_key_identifier, isCritical: false, value: DER.sequence([DER.encode(0x80, identifier)]))
    }

    /// Authority information access, §4.2.2.1.
    static func informationAccess(ocsp: [String], issuers: [String]) -> CertificateExtension {
        func entry(_ method: UInt8, _ url: String) -> [UInt8] {
            let identifier = DER.encode(DER.objectIdentifier, [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, method])
            return DER.sequence([identifier, DER.encode(0x86, Array(url.utf8))])
        }
        let entries = ocsp.map { entry(1, $0) } + issuers.map { entry(2, $0) }
        return CertificateExtension(nid: NID_info_access, isCritical: false, value: DER.sequence(entries))
    }

    /// CRL distribution points, §4.2.1.13; one point for each URL.
    static func distributionPoints(_ urls: [String]) -> CertificateExtension {
        let points = urls.map { url in
            DER.sequence([DER.encode(0xA0, DER.encode(0xA0, DER.encode(0x86, Array(url.utf8))))])
        }
        return CertificateExtension(nid: NID_crl_distribution_points, isCritical: false, value: DER.sequence(points))
    }
}
