import Core
import FoundationEssentials
import Testing

@testable import PKI

@Suite("Certificate facts, RFC 5280 §4") struct CertificateTests {
    let tool: OpenSSLTool

    init() throws { tool = try OpenSSLTool() }

    /// A certificate of the CLI, self-signed, with these extension lines.
    private func made(_ extensions: String, subject: String = "/CN=test", key: String = "ec -pkeyopt ec_paramgen_curve:P-256") throws
        -> Certificate
    {
        try Certificate(der: try der(extensions, subject: subject, key: key))
    }

    private func der(
        _ extensions: String, subject: String = "/CN=test", key: String = "ec -pkeyopt ec_paramgen_curve:P-256"
    ) throws -> [UInt8] {
        try tool.write("[req]\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\n[ext]\n\(extensions)\n", "req.cnf")
        try tool.run(
            "req -x509 -newkey \(key) -nodes -keyout @key.pem -config @req.cnf -extensions ext -utf8 -days 30 -outform DER -out @cert.der",
            extra: ["-subj", subject])
        return try tool.read("cert.der")
    }

    private func printed(_ arguments: String) throws -> String {
        try tool.run("x509 -inform DER -in @cert.der -noout \(arguments)").text.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test(arguments: [
        ("tlsfeature=status_request", true), ("tlsfeature=status_request,status_request_v2", true), ("tlsfeature=17,5", true),
        ("tlsfeature=status_request_v2", false), ("subjectAltName=DNS:a.example", false), ("1.3.6.1.5.5.7.1.24=DER:0500", false),
    ]) func `must staple is the TLS feature status_request, RFC 7633`(extensions: String, isRequired: Bool) throws {
        #expect(try made(extensions).requiresStaple == isRequired)
    }

    @Test func `every fact is what the CLI prints`() throws {
        let certificate = try made(
            """
            subjectAltName=DNS:www.Example.com,DNS:*.example.org,IP:192.0.2.7,IP:2001:db8::7,email:a@example.com,URI:https://example.com/
            authorityInfoAccess=OCSP;URI:http://ocsp.example.com/a,caIssuers;URI:http://ca.example.com/ca.der
            crlDistributionPoints=URI:http://crl.example.com/1.crl,URI:http://crl.example.com/2.crl
            subjectKeyIdentifier=hash
            basicConstraints=critical,CA:TRUE
            """, subject: "/C=DE/O=Bücher, Ltd./OU=a\\+b/CN=Größe")
        #expect(try certificate.subject == printed("-subject -nameopt RFC2253").dropFirst("subject=".count))
        #expect(try certificate.issuer == printed("-issuer -nameopt RFC2253").dropFirst("issuer=".count))
        #expect(certificate.isSelfIssued)
        #expect(certificate.commonName == "Größe")
        #expect(try certificate.serialNumber == printed("-serial").dropFirst("serial=".count).lowercased())
        let fingerprint = try printed("-fingerprint -sha256").split(separator: "=")[1].filter { $0 != ":" }.lowercased()
        #expect(certificate.sha256Fingerprint == fingerprint)
        #expect(certificate.dnsNames == ["www.example.com", "*.example.org"])
        #expect(certificate.ipAddresses == ["192.0.2.7", "2001:db8::7"])
        #expect(certificate.unusableNameCount == 0)
        #expect(certificate.ocspURLs == ["http://ocsp.example.com/a"])
        #expect(certificate.issuerURLs == ["http://ca.example.com/ca.der"])
        #expect(certificate.crlURLs == ["http://crl.example.com/1.crl", "http://crl.example.com/2.crl"])
        #expect(certificate.isCA)
        #expect(certificate.keyAlgorithm == .ecdsaP256)
        #expect(certificate.subjectKeyIdentifier?.count == 20)
        let text = try tool.run("x509 -inform DER -in @cert.der -noout -ext subjectKeyIdentifier").text.lowercased()
        #expect(text.filter { $0 != ":" }.contains(hexadecimal(certificate.subjectKeyIdentifier ?? [])))
        #expect(certificate.notAfter.timeIntervalSince(certificate.notBefore) == 30 * 86_400)
        #expect(try PrivateKey(pem: try tool.read("key.pem")).matches(certificate))
    }

    @Test func `a certificate without extensions has no names and is no CA`() throws {
        let certificate = try made("keyUsage=digitalSignature", subject: "/O=only")
        #expect(certificate.dnsNames.isEmpty && certificate.ipAddresses.isEmpty)
        #expect(certificate.commonName == nil)
        #expect(!certificate.isCA)
        #expect(certificate.ocspURLs.isEmpty && certificate.crlURLs.isEmpty)
        #expect(certificate.authorityKeyIdentifier == nil)
    }

    @Test(arguments: [
        ("ec -pkeyopt ec_paramgen_curve:P-384", KeyAlgorithm.ecdsaP384 as KeyAlgorithm?, "ECDSA P-384"),
        ("ec -pkeyopt ec_paramgen_curve:P-521", nil, "ECDSA secp521r1"), ("rsa:2048", .rsa(bits: 2048), "RSA 2048"),
        ("rsa:1024", nil, "RSA 1024"), ("ed25519", .ed25519, "Ed25519"), ("ed448", nil, "ED448"),
    ])
    func `the key is named, also one that is not supported`(key: String, algorithm: KeyAlgorithm?, description: String) throws {
        let certificate = try made("basicConstraints=CA:FALSE", key: key)
        #expect(certificate.keyAlgorithm == algorithm)
        #expect(certificate.keyDescription == description)
    }

    @Test func `names with a NUL, blanks or bytes beyond ASCII are left out and counted, and match nothing`() throws {
        // www.example.com NUL .evil.org; "www.example.com "; a-umlaut in Latin-1; empty; **; a star inside; IP of 5 bytes.
        let names = [
            (0x82, bytes("7777772E6578616D706C652E636F6D002E6576696C2E6F7267")), (0x82, bytes("7777772E6578616D706C652E636F6D20")),
            (0x82, bytes("E42E6578616D706C65")), (0x82, []), (0x82, Array("*".utf8)), (0x82, Array("w*.example.com".utf8)),
            (0x82, Array("*.*.example.com".utf8)), (0x87, [1, 2, 3, 4, 5]), (0x82, Array("good.example.com".utf8)),
        ]
        let value = DER.sequence(names.map { DER.encode(UInt8($0.0), $0.1) })
        let certificate = try made("2.5.29.17=DER:\(hexadecimal(value))")
        #expect(certificate.dnsNames == ["good.example.com"])
        #expect(certificate.ipAddresses == [])
        #expect(certificate.unusableNameCount == 8)
        #expect(try !certificate.covers(DNSName(parsing: "www.example.com")))
        #expect(try certificate.covers(DNSName(parsing: "good.example.com")))
    }

    @Test(arguments: ["3003820500", "0400", "30", "FF", "3082FFFF"])
    func `an unreadable subject alternative name refuses the certificate`(value: String) throws {
        let der = try der("2.5.29.17=DER:\(value)")
        #expect(code { _ = try Certificate(der: der) } == .malformed)
        #expect(OpenSSL.drainReason() == nil)
    }

    @Test func `two subject alternative names refuse the certificate`() throws {
        // The CLI writes one; so another extension is given its identifier (55 1D 11).
        var der = try der("subjectAltName=DNS:a.example\n2.5.29.99=DER:300B8209622E6578616D706C65")
        let other = try #require(der.firstRange(of: [0x06, 0x03, 0x55, 0x1D, 0x63]))
        der[other.upperBound - 1] = 0x11
        let changed = der
        #expect(message { _ = try Certificate(der: changed) } == "certificate: has two extensions subject alternative name")
    }

    @Test(arguments: ["2.5.29.35=DER:30038005", "2.5.29.31=DER:0500", "1.3.6.1.5.5.7.1.1=DER:3005", "2.5.29.14=DER:0400"])
    func `unreadable hints count as absent and leave no error behind`(line: String) throws {
        let certificate = try made("subjectAltName=DNS:a.example\n\(line)")
        #expect(certificate.dnsNames == ["a.example"])
        #expect(certificate.authorityKeyIdentifier == nil)
        #expect(certificate.ocspURLs.isEmpty && certificate.crlURLs.isEmpty)
        #expect(OpenSSL.drainReason() == nil)
    }

    @Test func `control characters in a subject are escaped, and make no common name`() throws {
        let certificate = try made("basicConstraints=CA:FALSE", subject: "/O=a\u{1B}[31mb/CN=x\u{7}y")
        #expect(certificate.subject.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(certificate.commonName == nil)
    }

    @Test func `a certificate with trailing bytes is refused`() throws {
        let fixtures = try Fixtures.shared.get()
        #expect(code { _ = try Certificate(der: fixtures.leaf.der + [0]) } == .malformed)
        #expect(code { _ = try Certificate(der: []) } == .malformed)
    }

    @Test func `a certificate beyond the limit is refused before it is read`() {
        let limit = PKILimits.certificateBytesMax
        #expect(code { _ = try Certificate(der: [UInt8](repeating: 0x30, count: limit)) } == .malformed)
        #expect(
            code { _ = try Certificate(der: [UInt8](repeating: 0x30, count: limit + 1)) } == .tooLarge(got: limit + 1, limit: limit))
    }

    @Test func `equal certificates are equal, and CA certificates are held once`() throws {
        let fixtures = try Fixtures.shared.get()
        let again = try Certificate(der: fixtures.root.der)
        #expect(again == fixtures.root)
        #expect(again.facts === fixtures.root.facts)
        #expect(try Certificate(der: fixtures.leaf.der) == fixtures.leaf)
        #expect(fixtures.leaf != fixtures.root)
        #expect(Set([again, fixtures.root, fixtures.leaf]).count == 2)
    }
}

@Suite("Which hosts a certificate covers, RFC 9525 §6.3") struct CoversTests {
    @Test(arguments: [
        ("www.example.com", true), ("WWW.example.com.", true), ("example.com", false), ("a.example.org", true), ("a.b.example.org", false),
        ("example.org", false), ("*.example.org", true), ("*.example.com", false), ("xn--bcher-kva.example.org", true), ("org", false),
    ])
    func `exact names and one label of a wildcard`(host: String, isCovered: Bool) throws {
        let leaf = try Fixtures.shared.get().leaf
        #expect(try leaf.covers(DNSName(parsing: host)) == isCovered)
    }

    @Test func `an internationalised name is covered by its A-label`() throws {
        let key = try Fixtures.shared.get().leafKey
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "bücher.example")], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(60)
        )
        #expect(certificate.dnsNames == ["xn--bcher-kva.example"])
        #expect(try certificate.covers(DNSName(parsing: "BÜCHER.example")))
    }

    @Test func `the common name covers nothing`() throws {
        let key = try Fixtures.shared.get().leafKey
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(60), commonName: "www.example.com")
        #expect(certificate.commonName == "www.example.com")
        #expect(try !certificate.covers(DNSName(parsing: "www.example.com")))
    }
}

@Suite("Validity, RFC 5280 §4.1.2.5") struct ValidityTests {
    @Test(arguments: [
        (-62_167_219_200, -62_135_596_801, "Jan  1 00:00:00 0 GMT", "Dec 31 23:59:59 0 GMT"),
        (-2_208_988_800, -631_152_001, "Jan  1 00:00:00 1900 GMT", "Dec 31 23:59:59 1949 GMT"),
        (-631_152_000, -1, "Jan  1 00:00:00 1950 GMT", "Dec 31 23:59:59 1969 GMT"),
        (0, 951_782_400, "Jan  1 00:00:00 1970 GMT", "Feb 29 00:00:00 2000 GMT"),
        (2_524_607_999, 2_524_608_000, "Dec 31 23:59:59 2049 GMT", "Jan  1 00:00:00 2050 GMT"),
        (4_107_542_400, 253_402_300_799, "Mar  1 00:00:00 2100 GMT", "Dec 31 23:59:59 9999 GMT"),
    ])
    func `years from 0 to 9999 are written and read`(from: Int, to: Int, first: String, last: String) throws {
        let key = try Fixtures.shared.get().leafKey
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: Date(timeIntervalSince1970: Double(from)),
            notAfter: Date(timeIntervalSince1970: Double(to)), commonName: "x")
        #expect(certificate.notBefore.timeIntervalSince1970 == Double(from))
        #expect(certificate.notAfter.timeIntervalSince1970 == Double(to))
        let tool = try OpenSSLTool()
        try tool.write(certificate.der, "cert.der")
        let text = try tool.run("x509 -inform DER -in @cert.der -noout -dates").text
        #expect(text == "notBefore=\(first)\nnotAfter=\(last)\n")
    }

    @Test func `both ends of the validity are valid, a second beyond is not`() throws {
        let leaf = try Fixtures.shared.get().leaf
        #expect(leaf.isValid(at: leaf.notBefore))
        #expect(!leaf.isValid(at: leaf.notBefore.addingTimeInterval(-0.001)))
        #expect(leaf.isValid(at: leaf.notAfter.addingTimeInterval(0.999)))
        #expect(!leaf.isValid(at: leaf.notAfter.addingTimeInterval(1)))
    }

    @Test func `a validity that ends before it starts, or beyond the calendar, is not made`() throws {
        let key = try Fixtures.shared.get().leafKey
        for (from, to) in [(10.0, 10.0), (10, 9), (0, 253_402_300_800), (-62_167_219_201, 0), (0, .infinity), (.nan, 0), (-1e300, 1e300)] {
            #expect(
                code {
                    _ = try SelfSigned.issue(
                        key: key, dnsNames: [], notBefore: Date(timeIntervalSince1970: from), notAfter: Date(timeIntervalSince1970: to),
                        commonName: "x")
                } == .badValidity, "\(from) to \(to)")
        }
    }

    @Test(arguments: [
        "20260101000000", "26010100000Z", "261301000000Z", "260230000000Z", "260101250000Z", "260101000061Z", "2601010000Z", "",
    ])
    func `what is no time refuses the certificate`(text: String) throws {
        let leaf = try Fixtures.shared.get().leaf
        // The first UTCTime of the certificate is notBefore; it is replaced and the lengths around it are left to be wrong, unless equal.
        guard let at = leaf.der.firstRange(of: [0x17, 0x0D])?.lowerBound else { return }
        var der = leaf.der
        let octets = Array(text.utf8.prefix(13)) + [UInt8](repeating: 0x20, count: max(0, 13 - text.utf8.count))
        der.replaceSubrange((at + 2)..<(at + 15), with: octets)
        #expect(code { _ = try Certificate(der: der) } != nil)
    }
}
