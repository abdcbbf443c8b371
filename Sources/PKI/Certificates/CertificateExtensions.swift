internal import COpenSSL

/// Reads the extensions that matter here from a parsed certificate.
///
/// What decides about trust (names, CA) refuses the certificate when it cannot be read or is there twice (RFC 5280 §4.2); what helps to
/// find things (key identifiers, URLs) counts as absent then.
enum CertificateExtensions {
    static func alternativeNames(_ certificate: OpaquePointer) throws(PKIError) -> AlternativeNames {
        var critical: CInt = 0
        let value = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nil)
        try check(critical, isRead: unsafe value != nil, "subject alternative name")
        guard let names = unsafe Handle<GeneralNamesKind>(value.map { OpaquePointer($0) }) else { return AlternativeNames() }
        return names.with { names in unsafe alternativeNames(in: names) }
    }

    /// The names in a stack of GENERAL_NAME.
    static func alternativeNames(in names: OpaquePointer) -> AlternativeNames {
        var found = AlternativeNames()
        for index in 0..<max(0, unsafe OPENSSL_sk_num(names)) {
            var type: CInt = 0
            guard let name = unsafe OPENSSL_sk_value(names, index),
                let value = unsafe GENERAL_NAME_get0_value(name.assumingMemoryBound(to: GENERAL_NAME.self), &type)
            else { continue }
            // SAFETY: both kinds are ASN1_STRING in libcrypto; other kinds are not touched.
            switch type {
            case GEN_DNS: unsafe found.append(dnsName: ASN1Bytes.copy(value.assumingMemoryBound(to: ASN1_STRING.self)))
            case GEN_IPADD: unsafe found.append(ipAddress: ASN1Bytes.copy(value.assumingMemoryBound(to: ASN1_STRING.self)))
            default: break
            }
        }
        return found
    }

    static func isCA(_ certificate: OpaquePointer) throws(PKIError) -> Bool {
        var critical: CInt = 0
        let value = unsafe X509_get_ext_d2i(certificate, NID_basic_constraints, &critical, nil)
        try check(critical, isRead: unsafe value != nil, "basic constraints")
        guard let constraints = unsafe value?.assumingMemoryBound(to: BASIC_CONSTRAINTS.self) else { return false }
        defer { unsafe BASIC_CONSTRAINTS_free(constraints) }
        return unsafe constraints.pointee.ca != 0
    }

    static func maySignCertificates(_ certificate: OpaquePointer) -> Bool {
        var critical: CInt = 0
        guard let value = unsafe X509_get_ext_d2i(certificate, NID_key_usage, &critical, nil) else { return critical == -1 }
        let bits = unsafe value.assumingMemoryBound(to: ASN1_BIT_STRING.self)
        defer { unsafe ASN1_BIT_STRING_free(bits) }
        return unsafe ASN1_BIT_STRING_get_bit(bits, 5) == 1  // keyCertSign, RFC 5280 §4.2.1.3.
    }

    /// Whether the TLS features have `status_request`. RFC 7633 §4.2.3.1.
    static func requiresStaple(_ certificate: OpaquePointer) -> Bool {
        guard let value = unsafe X509_get_ext_d2i(certificate, NID_tlsfeature, nil, nil) else { return false }
        let features = OpaquePointer(value)
        defer { unsafe TLS_FEATURE_free(features) }
        return (0..<max(0, unsafe OPENSSL_sk_num(features))).contains { index in
            // SAFETY: the elements of a TLS_FEATURE are ASN1_INTEGER.
            guard let feature = unsafe OPENSSL_sk_value(features, index)?.assumingMemoryBound(to: ASN1_INTEGER.self) else { return false }
            return unsafe ASN1_INTEGER_get(feature) == statusRequest
        }
    }

    static func subjectKeyIdentifier(_ certificate: OpaquePointer) -> [UInt8]? {
        guard let value = unsafe X509_get_ext_d2i(certificate, NID_subject_key_identifier, nil, nil) else { return nil }
        let octets = unsafe value.assumingMemoryBound(to: ASN1_OCTET_STRING.self)
        defer { unsafe ASN1_OCTET_STRING_free(octets) }
        return unsafe nonEmpty(ASN1Bytes.copy(octets))
    }

    static func authorityKeyIdentifier(_ certificate: OpaquePointer) -> [UInt8]? {
        guard let value = unsafe X509_get_ext_d2i(certificate, NID_authority_key_identifier, nil, nil) else { return nil }
        let identifier = unsafe value.assumingMemoryBound(to: AUTHORITY_KEYID.self)
        defer { unsafe AUTHORITY_KEYID_free(identifier) }
        return unsafe nonEmpty(ASN1Bytes.copy(identifier.pointee.keyid))
    }

    /// The URLs of the authority information access.
    static func accessURLs(_ certificate: OpaquePointer) -> (ocsp: [String], issuers: [String]) {
        guard let value = unsafe X509_get_ext_d2i(certificate, NID_info_access, nil, nil) else { return ([], []) }
        let access = OpaquePointer(value)
        defer { unsafe AUTHORITY_INFO_ACCESS_free(access) }
        var ocsp: [String] = []
        var issuers: [String] = []
        for index in 0..<max(0, unsafe OPENSSL_sk_num(access)) {
            guard let entry = unsafe OPENSSL_sk_value(access, index)?.assumingMemoryBound(to: ACCESS_DESCRIPTION.self),
                let url = unsafe url(entry.pointee.location)
            else { continue }
            switch unsafe OBJ_obj2nid(entry.pointee.method) {
            case NID_ad_OCSP: ocsp.append(url)
            case NID_ad_ca_issuers: issuers.append(url)
            default: break
            }
        }
        return (ocsp, issuers)
    }

    /// The URLs of the CRL distribution points.
    static func distributionURLs(_ certificate: OpaquePointer) -> [String] {
        guard let value = unsafe X509_get_ext_d2i(certificate, NID_crl_distribution_points, nil, nil) else { return [] }
        let points = OpaquePointer(value)
        defer { unsafe CRL_DIST_POINTS_free(points) }
        var urls: [String] = []
        for index in 0..<max(0, unsafe OPENSSL_sk_num(points)) {
            guard let point = unsafe OPENSSL_sk_value(points, index)?.assumingMemoryBound(to: DIST_POINT.self),
                let name = unsafe point.pointee.distpoint, unsafe name.pointee.type == 0  // fullName
            else { continue }
            let names = unsafe name.pointee.name.fullname
            for index in 0..<max(0, unsafe OPENSSL_sk_num(names)) {
                guard let name = unsafe OPENSSL_sk_value(names, index) else { continue }
                if let url = unsafe url(name.assumingMemoryBound(to: GENERAL_NAME.self)) { urls.append(url) }
            }
        }
        return urls
    }

    private static func url(_ name: UnsafePointer<GENERAL_NAME>?) -> String? {
        var type: CInt = 0
        guard let name = unsafe name, let value = unsafe GENERAL_NAME_get0_value(name, &type), type == GEN_URI else { return nil }
        return unsafe ASN1Bytes.printableText(value.assumingMemoryBound(to: ASN1_STRING.self))
    }

    /// The TLS extension `status_request`, RFC 6066 §1.1.
    private static let statusRequest = 5

    private static func nonEmpty(_ bytes: [UInt8]) -> [UInt8]? { bytes.isEmpty ? nil : bytes }

    /// X509_get_ext_d2i says -1 for an extension that is absent and -2 for one that is there twice.
    private static func check(_ critical: CInt, isRead: Bool, _ name: String) throws(PKIError) {
        if critical == -2 { throw PKIError(.malformed, ParsedCertificate.subject, "has two extensions \(name)") }
        guard isRead || critical == -1 else {
            throw .drained(.malformed, ParsedCertificate.subject, "has an unreadable extension \(name)")
        }
    }
}
