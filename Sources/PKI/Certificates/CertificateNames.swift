internal import COpenSSL
internal import Core

/// The names that go into a certificate or a request, checked.
struct CertificateNames {
    let commonName: String?
    let dnsNames: [DNSName]
    let addresses: [[UInt8]]

    /// Checks counts, lengths and addresses; duplicates are dropped.
    init(_ dnsNames: [DNSName], _ ipAddresses: [String], commonName: String?, subject: String) throws(PKIError) {
        let count = dnsNames.count + ipAddresses.count
        guard count <= PKILimits.requestNamesMax else {
            throw PKIError(
                .tooLarge(got: count, limit: PKILimits.requestNamesMax), subject,
                "has \(count) names; at most \(PKILimits.requestNamesMax) are allowed")
        }
        var seenNames: Set<DNSName> = []
        self.dnsNames = dnsNames.filter { seenNames.insert($0).inserted }
        var addresses: [[UInt8]] = []
        for text in ipAddresses {
            guard let octets = IPAddressText.octets(of: text) else {
                throw PKIError(.badName, subject, "\"\(text.prefix(64))\" is not an IP address")
            }
            if !addresses.contains(octets) { addresses.append(octets) }
        }
        self.addresses = addresses
        if let commonName {
            let length = commonName.unicodeScalars.count
            guard (1...PKILimits.commonNameCharactersMax).contains(length), !commonName.utf8.contains(0) else {
                throw PKIError(
                    .badName, subject,
                    "its common name has \(length) characters; 1 to \(PKILimits.commonNameCharactersMax) are allowed, and no NUL")
            }
        }
        self.commonName = commonName
    }

    /// The subject: the common name alone, or empty.
    func subjectName() -> Handle<X509NameKind>? {
        guard let name = unsafe Handle<X509NameKind>(X509_NAME_new()) else { return nil }
        guard let commonName else { return name }
        let bytes = Array(commonName.utf8)
        let isAdded = name.with { name in
            unsafe X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes, CInt(bytes.count), -1, 0) == 1
        }
        guard isAdded else { return nil }
        return name
    }

    /// The extension with the names; nil when there are none.
    func alternativeNames() -> CertificateExtension? {
        guard !dnsNames.isEmpty || !addresses.isEmpty else { return nil }
        return .alternativeNames(dnsNames, addresses, isCritical: commonName == nil)
    }
}
