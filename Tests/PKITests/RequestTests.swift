import Core
import FoundationEssentials
import PKI
import Testing

@Suite("Certificate signing requests, RFC 2986, RFC 8555 §7.4") struct RequestTests {
    static let names = ["example.com", "*.example.com", "bücher.example"]

    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .ed25519, .rsa(bits: 2048)])
    func `the CLI verifies our request and reads its names`(algorithm: KeyAlgorithm) throws {
        let tool = try OpenSSLTool()
        let key = try PrivateKey.generate(algorithm)
        let der = try CertificateSigningRequest.make(
            key: key, dnsNames: try Self.names.map { try DNSName(parsing: $0) }, ipAddresses: ["192.0.2.1", "2001:DB8::1"])
        try tool.write(der, "csr.der")
        let text = try tool.run("req -inform DER -in @csr.der -verify -noout -text").text
        #expect(text.contains("verify OK"))
        #expect(
            text.contains(
                "DNS:example.com, DNS:*.example.com, DNS:xn--bcher-kva.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1"))
        #expect(text.contains("X509v3 Subject Alternative Name: critical"))
        #expect(text.contains("Subject: \n") || text.contains("Subject:\n"))
        #expect(text.contains("Version: 1 (0x0)"))
        let request = try CertificateSigningRequest(der: der)
        #expect(request.dnsNames.map(\.ascii) == ["example.com", "*.example.com", "xn--bcher-kva.example"])
        #expect(request.ipAddresses == ["192.0.2.1", "2001:db8::1"])
        #expect(request.publicKeyDER == key.publicKeyDER)
        #expect(request.keyAlgorithm == algorithm)
        #expect(request.commonName == nil)
    }

    @Test func `a common name makes the names uncritical`() throws {
        let tool = try OpenSSLTool()
        let key = try Fixtures.shared.get().leafKey
        let name = try DNSName(parsing: "example.com")
        let der = try CertificateSigningRequest.make(key: key, dnsNames: [name, name], commonName: "example.com")
        try tool.write(der, "csr.der")
        let text = try tool.run("req -inform DER -in @csr.der -verify -noout -text").text
        #expect(text.contains("Subject: CN = example.com"))
        #expect(!text.contains("critical"))
        let request = try CertificateSigningRequest(der: der)
        #expect(request.commonName == "example.com")
        #expect(request.dnsNames == [name])
    }

    @Test func `we read and verify requests of the CLI`() throws {
        let tool = try OpenSSLTool()
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key.pem")
        try tool.run(
            "req -new -key @key.pem -subj /CN=a.example -addext subjectAltName=DNS:A.example,IP:192.0.2.9 -outform DER -out @csr.der")
        let der = try tool.read("csr.der")
        let request = try CertificateSigningRequest(der: der)
        #expect(request.dnsNames.map(\.ascii) == ["a.example"])
        #expect(request.ipAddresses == ["192.0.2.9"])
        #expect(request.commonName == "a.example")
        #expect(try request.publicKeyDER == PrivateKey(pem: try tool.read("key.pem")).publicKeyDER)
        try tool.run("req -new -key @key.pem -subj /CN=b.example -outform DER -out @csr.der")
        #expect(try CertificateSigningRequest(der: try tool.read("csr.der")).dnsNames == [])
    }

    @Test func `a changed request does not verify`() throws {
        let key = try Fixtures.shared.get().leafKey
        var der = try CertificateSigningRequest.make(key: key, dnsNames: [DNSName(parsing: "victim.example")])
        guard let at = der.firstRange(of: Array("victim".utf8)) else { return }
        der[at.lowerBound] = UInt8(ascii: "w")
        let changed = der
        #expect(code { _ = try CertificateSigningRequest(der: changed) } == .badSignature)
    }

    @Test(arguments: ["P-521", "secp256k1"])
    func `requests for keys that are not supported are refused by name`(curve: String) throws {
        let tool = try OpenSSLTool()
        try tool.run(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:\(curve) -nodes -keyout @key.pem -subj /CN=a -outform DER -out @csr.der")
        let der = try tool.read("csr.der")
        #expect(code { _ = try CertificateSigningRequest(der: der) } == .unsupportedKey)
    }

    @Test(arguments: [
        "DER:3012821077002E6578616D706C652E636F6D0041", "DER:3003820141", "DER:30068704010203", "DER:300A820861 5F622E6578616D",
    ])
    func `requests for names that no host has are refused`(value: String) throws {
        let tool = try OpenSSLTool()
        try tool.write(
            "[req]\ndistinguished_name=dn\nreq_extensions=ext\n[dn]\n[ext]\n2.5.29.17=\(value.replacing(" ", with: ""))\n", "req.cnf")
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key.pem")
        try tool.run("req -new -key @key.pem -config @req.cnf -subj /CN=a -outform DER -out @csr.der")
        let der = try tool.read("csr.der")
        let isSingleLabel = value == "DER:3003820141"
        #expect((code { _ = try CertificateSigningRequest(der: der) } == nil) == isSingleLabel)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::1%eth0", "[::1]", "1.2.3.4:80", "example.com", "1.2.3.4\u{0}"])
    func `what is no IP address is refused`(text: String) throws {
        let key = try Fixtures.shared.get().leafKey
        #expect(code { _ = try CertificateSigningRequest.make(key: key, dnsNames: [], ipAddresses: [text]) } == .badName)
    }

    @Test func `each limit is met exactly`() throws {
        let key = try Fixtures.shared.get().leafKey
        let names = try (0...PKILimits.requestNamesMax).map { try DNSName(parsing: "host-\($0).example.com") }
        let most = try CertificateSigningRequest.make(key: key, dnsNames: Array(names.dropLast()))
        #expect(try CertificateSigningRequest(der: most).dnsNames.count == PKILimits.requestNamesMax)
        #expect(
            code { _ = try CertificateSigningRequest.make(key: key, dnsNames: names) }
                == .tooLarge(got: PKILimits.requestNamesMax + 1, limit: PKILimits.requestNamesMax))

        let long = String(repeating: "ü", count: PKILimits.commonNameCharactersMax)
        #expect(throws: Never.self) { try CertificateSigningRequest.make(key: key, dnsNames: [], commonName: long) }
        for name in [long + "x", "", "a\u{0}b"] {
            #expect(code { _ = try CertificateSigningRequest.make(key: key, dnsNames: [], commonName: name) } == .badName)
        }

        let limit = PKILimits.requestBytesMax
        #expect(code { _ = try CertificateSigningRequest(der: [UInt8](repeating: 0, count: limit)) } == .malformed)
        #expect(
            code { _ = try CertificateSigningRequest(der: [UInt8](repeating: 0, count: limit + 1)) }
                == .tooLarge(got: limit + 1, limit: limit))
    }
}

@Suite("Self-signed certificates") struct SelfSignedTests {
    @Test func `the CLI accepts a placeholder for its names`() throws {
        let tool = try OpenSSLTool()
        let now = Date()
        let long = "a-host-name-of-more-than-sixty-four-characters.in-a-long-domain.example.com"
        let pair = try SelfSigned.placeholder(dnsNames: [DNSName(parsing: long), DNSName(parsing: "*.example.com")], now: now)
        try tool.write(PEM.encode(pair.chain), "cert.pem")
        #expect(try tool.run("verify -CAfile @cert.pem -verify_hostname x.example.com @cert.pem").text.contains("OK"))
        #expect(try tool.run("verify -CAfile @cert.pem -verify_hostname \(long) @cert.pem").text.contains("OK"))
        #expect(pair.leaf.commonName == nil)
        #expect(pair.leaf.isValid(at: now) && !pair.leaf.isCA)
        #expect(pair.chain.count == 1)
    }

    @Test func `a placeholder for no host says what it is`() throws {
        let pair = try SelfSigned.placeholder(dnsNames: [], now: Fixtures.now)
        #expect(pair.leaf.commonName == SelfSigned.placeholderName)
        #expect(pair.leaf.dnsNames.isEmpty)
    }

    @Test func `serial numbers are positive, 16 bytes and different`() throws {
        let key = try Fixtures.shared.get().leafKey
        let serials = try (0..<20).map { _ in
            try SelfSigned.issue(
                key: key, dnsNames: [], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(60), commonName: "x"
            ).serialNumber
        }
        #expect(serials.allSatisfy { $0.count == 32 && !$0.hasPrefix("-") })
        #expect(Set(serials).count == 20)
    }
}

@Suite("A CA that signs requests, RFC 5280") struct CertificateAuthorityTests {
    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .ed25519, .rsa(bits: 2048)])
    func `the CLI verifies what it signs`(algorithm: KeyAlgorithm) throws {
        let tool = try OpenSSLTool()
        let now = Date()
        let key = try PrivateKey.generate(algorithm)
        let root = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: now.addingTimeInterval(-60), notAfter: now.addingTimeInterval(1e6), isCA: true,
            commonName: "Our CA")
        let authority = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [root], privateKey: key))
        let leafKey = try PrivateKey.generate(.rsa(bits: 2048))
        let request = try CertificateSigningRequest.make(
            key: leafKey, dnsNames: [DNSName(parsing: "*.example.com")], ipAddresses: ["192.0.2.1", "::1"])
        let leaf = try authority.sign(
            csrDER: request, notBefore: now.addingTimeInterval(-60), notAfter: now.addingTimeInterval(1e9),
            urls: .init(ocsp: ["http://o.example/"], issuers: ["http://i.example/"], crls: ["http://c.example/"]))
        #expect(leaf.notAfter == root.notAfter)
        #expect(leaf.isIssued(by: root) && leafKey.matches(leaf))
        #expect(leaf.authorityKeyIdentifier == root.subjectKeyIdentifier && root.subjectKeyIdentifier != nil)
        #expect(leaf.ocspURLs == ["http://o.example/"] && leaf.issuerURLs == ["http://i.example/"] && leaf.crlURLs == ["http://c.example/"])
        try tool.write(PEM.encode([root]), "ca.pem")
        try tool.write(PEM.encode([leaf]), "leaf.pem")
        let verify = "verify -x509_strict -purpose sslserver -CAfile @ca.pem"
        #expect(try tool.run("\(verify) -verify_hostname www.example.com @leaf.pem").text.contains("OK"))
        #expect(try tool.run("\(verify) -verify_ip 192.0.2.1 @leaf.pem").text.contains("OK"))
        #expect(try tool.run("\(verify) -verify_ip ::1 @leaf.pem").text.contains("OK"))
        #expect(try tool.run("\(verify) -verify_hostname example.com @leaf.pem", allowFailure: true).status != 0)
    }

    @Test func `the chain below a root has no root, the anchor is the root`() throws {
        let fixtures = try Fixtures.shared.get()
        let authority = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [fixtures.root], privateKey: fixtures.rootKey))
        #expect(authority.issuingChain.isEmpty)
        #expect(authority.trustAnchor == fixtures.root)
        #expect(authority.certificate == fixtures.root)
    }

    @Test func `an intermediate with its root in the Secret signs, and the anchor is that root`() throws {
        let tool = try OpenSSLTool()
        let fixtures = try Fixtures.shared.get()
        try tool.write(fixtures.rootKey.pem().copy(), "root.key")
        try tool.write(PEM.encode([fixtures.root]), "root.pem")
        try tool.write("basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n", "ext.cnf")
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @ca.key")
        try tool.run("req -new -key @ca.key -subj /CN=Intermediate -out @csr.pem")
        try tool.run("x509 -req -in @csr.pem -CA @root.pem -CAkey @root.key -set_serial 5 -days 900 -extfile @ext.cnf -out @ca.pem")
        let pair = try TLSKeyPair(
            certificatePEM: try tool.read("ca.pem") + tool.read("root.pem"), privateKeyPEM: try tool.read("ca.key"))
        let authority = try CertificateAuthority(keyPair: pair)
        #expect(authority.issuingChain == [pair.leaf])
        #expect(authority.trustAnchor == fixtures.root)
        let alone = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [pair.leaf], privateKey: pair.privateKey()))
        #expect(alone.trustAnchor == pair.leaf)
    }

    @Test(arguments: [
        ("basicConstraints=CA:FALSE", "is no CA: its basic constraints do not say so"),
        ("basicConstraints=CA:TRUE\nkeyUsage=digitalSignature", "is no CA: its key usage lacks keyCertSign"),
    ])
    func `a certificate that may not sign is refused`(extensions: String, reason: String) throws {
        let tool = try OpenSSLTool()
        try tool.write("[req]\ndistinguished_name=dn\n[dn]\n[ext]\n\(extensions)\n", "req.cnf")
        try tool.run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout @key.pem -config @req.cnf -extensions ext -subj /CN=x -out @c.pem"
        )
        let pair = try TLSKeyPair(certificatePEM: try tool.read("c.pem"), privateKeyPEM: try tool.read("key.pem"))
        #expect(code { _ = try CertificateAuthority(keyPair: pair) } == .notAuthority)
        #expect(message { _ = try CertificateAuthority(keyPair: pair) } == "certificate \"CN=x\": \(reason)")
    }

    @Test func `an expired CA says that it has expired`() throws {
        let key = try Fixtures.shared.get().leafKey
        let root = try SelfSigned.issue(
            key: key, dnsNames: [], notBefore: Date(timeIntervalSince1970: 0), notAfter: Date(timeIntervalSince1970: 60), isCA: true,
            commonName: "Old")
        let authority = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [root], privateKey: key))
        let request = try CertificateSigningRequest.make(key: key, dnsNames: [DNSName(parsing: "a.example")])
        #expect(
            message { _ = try authority.sign(csrDER: request, notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(60)) }
                == "certificate authority \"CN=Old\": has expired")
    }

    @Test func `a request without names is not signed`() throws {
        let fixtures = try Fixtures.shared.get()
        let authority = try CertificateAuthority(keyPair: TLSKeyPair(certificates: [fixtures.root], privateKey: fixtures.rootKey))
        let request = try CertificateSigningRequest.make(key: fixtures.leafKey, dnsNames: [], commonName: "x")
        #expect(
            code { _ = try authority.sign(csrDER: request, notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(60)) }
                == .badName)
    }
}
