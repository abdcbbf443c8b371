import Core
import FoundationEssentials
import PKI
import Testing

@Suite("Chain order and repair, RFC 8446 §4.4.2, RFC 4158") struct ChainTests {
    /// Root, two intermediates and a leaf, of the CLI: with or without key identifiers, with names that differ in case.
    struct Hierarchy {
        let certificates: [Certificate]
        let keyPEM: [UInt8]
        let otherKeyPEM: [UInt8]

        var leaf: Certificate { certificates[3] }
        var intermediates: [Certificate] { [certificates[2], certificates[1]] }

        init(_ tool: OpenSSLTool, identifiers: Bool) throws {
            let (own, above) = identifiers ? ("hash", "keyid") : ("none", "none")
            let hash = "subjectKeyIdentifier=\(own)\nauthorityKeyIdentifier=\(above)\n"
            try tool.write("[ca]\nbasicConstraints=critical,CA:TRUE\n\(hash)[leaf]\nsubjectAltName=DNS:a.example\n\(hash)", "ext.cnf")
            var issuer = "-signkey @key0.pem"
            for (index, name) in ["Root", "One", "Two", "Leaf"].enumerated() {
                try tool.run("ecparam -name prime256v1 -genkey -noout -out @key\(index).pem")
                try tool.run("req -new -key @key\(index).pem -out @csr.pem -subj /O=Test/CN=\(name)")
                let section = index == 3 ? "leaf" : "ca"
                try tool.run(
                    "x509 -req -in @csr.pem \(issuer) -days 30 -set_serial \(index + 1) -extfile @ext.cnf -extensions \(section) "
                        + "-outform DER -out @cert\(index).der")
                try tool.run("x509 -inform DER -in @cert\(index).der -out @cert\(index).pem")
                issuer = "-CA @cert\(index).pem -CAkey @key\(index).pem"
            }
            certificates = try (0..<4).map { try Certificate(der: try tool.read("cert\($0).der")) }
            keyPEM = try tool.read("key3.pem")
            otherKeyPEM = try tool.read("key2.pem")
        }
    }

    let tool: OpenSSLTool

    init() throws { tool = try OpenSSLTool() }

    @Test(arguments: [true, false])
    func `every order of root, intermediates and leaf gives the same chain`(identifiers: Bool) throws {
        let hierarchy = try Hierarchy(tool, identifiers: identifiers)
        #expect((hierarchy.leaf.authorityKeyIdentifier != nil) == identifiers)
        for order in permutations(of: hierarchy.certificates) {
            let chain = CertificateChain(repairing: order, leaf: hierarchy.leaf)
            #expect(chain.certificates == [hierarchy.leaf] + hierarchy.intermediates)
            #expect(chain.dropped.map(\.certificate) == [hierarchy.certificates[0]] && chain.dropped.map(\.reason) == [.root])
            #expect(chain.root == hierarchy.certificates[0])
            let kept = order.filter { $0 != hierarchy.certificates[0] }
            #expect(chain.isReordered == (kept != chain.certificates))
            let pair = try TLSKeyPair(certificatePEM: Array(PEM.encode(order).utf8), privateKeyPEM: hierarchy.keyPEM)
            #expect(pair.chain == chain.certificates)
            #expect(pair.chainRepair == chain)
        }
    }

    @Test func `the leaf is the certificate of the key, also when that is an intermediate`() throws {
        let hierarchy = try Hierarchy(tool, identifiers: true)
        let pair = try TLSKeyPair(certificatePEM: Array(PEM.encode(hierarchy.certificates).utf8), privateKeyPEM: hierarchy.otherKeyPEM)
        #expect(pair.leaf == hierarchy.certificates[2])
        #expect(pair.chain == hierarchy.intermediates)
        #expect(pair.chainRepair.dropped.map(\.reason) == [.root, .unrelated])
    }

    @Test func `duplicates and unrelated certificates are dropped and reported`() throws {
        let hierarchy = try Hierarchy(tool, identifiers: true)
        let stranger = try Fixtures.shared.get().leaf
        let strangeRoot = try Fixtures.shared.get().root
        let (leaf, two, one) = (hierarchy.leaf, hierarchy.certificates[2], hierarchy.certificates[1])
        let chain = CertificateChain(repairing: [leaf, stranger, two, leaf, one, strangeRoot, two], leaf: leaf)
        #expect(chain.certificates == [leaf, two, one])
        #expect(!chain.isReordered)
        #expect(chain.dropped.map(\.reason) == [.unrelated, .duplicate, .unrelated, .duplicate])
        #expect(chain.dropped.map(\.certificate) == [stranger, leaf, strangeRoot, two])
        #expect(chain.root == nil)
    }

    @Test func `a gap ends the chain`() throws {
        let hierarchy = try Hierarchy(tool, identifiers: true)
        let chain = CertificateChain(
            repairing: [hierarchy.leaf, hierarchy.certificates[1], hierarchy.certificates[0]], leaf: hierarchy.leaf)
        #expect(chain.certificates == [hierarchy.leaf])
        #expect(chain.dropped.map(\.reason) == [.unrelated, .unrelated])
    }

    @Test func `a self-signed leaf is kept and stands alone`() throws {
        let fixtures = try Fixtures.shared.get()
        let chain = CertificateChain(repairing: [fixtures.root, fixtures.leaf], leaf: fixtures.root)
        #expect(chain.certificates == [fixtures.root])
        #expect(chain.root == fixtures.root)
        #expect(chain.dropped.map(\.reason) == [.unrelated])
    }

    @Test func `a same-named CA with another key is passed over where identifiers are missing`() throws {
        let hierarchy = try Hierarchy(tool, identifiers: false)
        let twin = try Hierarchy(try OpenSSLTool(), identifiers: false)
        let chain = CertificateChain(
            repairing: [hierarchy.leaf, twin.certificates[2], twin.certificates[1], hierarchy.certificates[2], hierarchy.certificates[1]],
            leaf: hierarchy.leaf)
        #expect(chain.certificates == [hierarchy.leaf] + hierarchy.intermediates)
        #expect(chain.dropped.map(\.reason) == [.unrelated, .unrelated])
    }

    @Test func `of a root and its cross-signed twin the twin is followed`() throws {
        let hierarchy = try Hierarchy(tool, identifiers: true)
        // The key of One, certified by itself as well.
        try tool.run("req -new -key @key1.pem -out @csr.pem -subj /O=Test/CN=One")
        try tool.run(
            "x509 -req -in @csr.pem -signkey @key1.pem -days 30 -set_serial 9 -extfile @ext.cnf -extensions ca -outform DER -out @twin.der")
        let root = try Certificate(der: try tool.read("twin.der"))
        for order in permutations(of: [hierarchy.leaf, hierarchy.certificates[2], hierarchy.certificates[1], root]) {
            let chain = CertificateChain(repairing: order, leaf: hierarchy.leaf)
            #expect(chain.certificates == [hierarchy.leaf] + hierarchy.intermediates)
        }
    }

    @Test func `two CAs that signed each other end the chain, not the program`() throws {
        let fixtures = try Fixtures.shared.get()
        let keys = [fixtures.rootKey, fixtures.otherKey]
        let roots = try zip(keys, ["A", "B"]).map { key, name in
            try SelfSigned.issue(
                key: key, dnsNames: [], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(1e8), isCA: true,
                commonName: name)
        }
        try tool.write(keys[0].pem().copy(), "key0.pem")
        try tool.write(keys[1].pem().copy(), "key1.pem")
        for index in 0..<2 {
            let other = 1 - index
            try tool.write(PEM.encode([roots[other]]), "issuer.pem")
            try tool.run("req -new -key @key\(index).pem -out @csr.pem -subj /CN=\(["A", "B"][index])")
            try tool.run(
                "x509 -req -in @csr.pem -CA @issuer.pem -CAkey @key\(other).pem -set_serial 7 -outform DER -out @cross\(index).der")
        }
        let crossed = try (0..<2).map { try Certificate(der: try tool.read("cross\($0).der")) }
        #expect(crossed[0].isIssued(by: crossed[1]) && crossed[1].isIssued(by: crossed[0]))
        #expect(CertificateChain(repairing: crossed, leaf: crossed[0]).certificates == crossed)
    }

    @Test func `the issuer is known by name, identifier and signature`() throws {
        let hierarchy = try Hierarchy(tool, identifiers: true)
        let twin = try Hierarchy(try OpenSSLTool(), identifiers: false)
        let certificates = hierarchy.certificates
        for (lower, certificate) in certificates.enumerated() {
            for (upper, issuer) in certificates.enumerated() {
                #expect(certificate.isIssued(by: issuer) == (upper == max(0, lower - 1)), "\(lower) by \(upper)")
            }
        }
        #expect(!certificates[3].isIssued(by: twin.certificates[2]))
    }

    @Test func `a changed signature is no signature`() throws {
        let fixtures = try Fixtures.shared.get()
        var der = fixtures.leaf.der
        der[der.count - 1] ^= 1
        #expect(try !Certificate(der: der).isIssued(by: fixtures.root))
        #expect(fixtures.leaf.isIssued(by: fixtures.root))
    }
}

@Suite("Reading certificate chains from PEM, RFC 7468") struct ChainParsingTests {
    @Test func `other blocks and text are passed over, the order stays`() throws {
        let fixtures = try Fixtures.shared.get()
        let text =
            "subject=…\n" + PEM.encode([fixtures.leaf]) + String(decoding: fixtures.leafKeyPEM, as: UTF8.self)
            + PEM.encode([fixtures.root]).replacing("\n", with: "\r\n") + "\n\nend"
        #expect(try CertificateChain.parse(pem: Array(text.utf8)) == [fixtures.leaf, fixtures.root])
    }

    @Test func `a damaged certificate is named by its number`() throws {
        let fixtures = try Fixtures.shared.get()
        let good = PEM.encode([fixtures.leaf])
        let bad = good + PEM.encode([1, 2, 3], label: "CERTIFICATE")
        #expect(message { _ = try CertificateChain.parse(pem: Array(bad.utf8)) }.hasPrefix("certificate 2: is not an X.509 certificate"))
        let garbage = good + "-----BEGIN CERTIFICATE-----\nA?==\n-----END CERTIFICATE-----\n"
        #expect(
            message { _ = try CertificateChain.parse(pem: Array(garbage.utf8)) } == "certificate 2: the PEM block CERTIFICATE is not base64"
        )
    }

    @Test func `nothing, a key alone and an open block are refused by what they are`() throws {
        let key = try Fixtures.shared.get().leafKeyPEM
        #expect(message { _ = try CertificateChain.parse(pem: []) } == "certificate chain: has no CERTIFICATE block")
        #expect(message { _ = try CertificateChain.parse(pem: key) } == "certificate chain: has no CERTIFICATE block")
        let open = try Fixtures.shared.get().leafPEM.dropLast(30)
        #expect(
            message { _ = try CertificateChain.parse(pem: Array(open)) } == "certificate chain: the PEM block CERTIFICATE has no END line")
    }

    @Test func `each limit is met exactly`() throws {
        let fixtures = try Fixtures.shared.get()
        let one = fixtures.leafPEM
        let most = Array(repeatElement(one, count: PKILimits.chainCertificatesMax).joined())
        #expect(try CertificateChain.parse(pem: most).count == PKILimits.chainCertificatesMax)
        #expect(
            code { _ = try CertificateChain.parse(pem: most + one) }
                == .tooLarge(got: PKILimits.chainCertificatesMax + 1, limit: PKILimits.chainCertificatesMax))

        let padding = [UInt8](repeating: UInt8(ascii: " "), count: PKILimits.chainBytesMax - one.count - 1) + [UInt8(ascii: "\n")]
        #expect(throws: Never.self) { try CertificateChain.parse(pem: padding + one) }
        #expect(
            code { _ = try CertificateChain.parse(pem: padding + one + [UInt8(ascii: "\n")]) }
                == .tooLarge(got: PKILimits.chainBytesMax + 1, limit: PKILimits.chainBytesMax))

        let block = Array("-----BEGIN X-----\n-----END X-----\n".utf8)
        let blocks = Array(repeatElement(block, count: PKILimits.pemBlocksMax - 1).joined())
        #expect(throws: Never.self) { try CertificateChain.parse(pem: blocks + one) }
        #expect(
            code { _ = try CertificateChain.parse(pem: blocks + block + one) }
                == .tooLarge(got: PKILimits.pemBlocksMax + 1, limit: PKILimits.pemBlocksMax))
    }

    @Test func `a megabyte of the worst text takes no longer than a megabyte of any`() {
        let lines = Array(repeatElement(Array("-----BEGIN \n".utf8), count: PKILimits.chainBytesMax / 12).joined())
        let blank = [UInt8](repeating: UInt8(ascii: "\n"), count: PKILimits.chainBytesMax)
        let dashes = [UInt8](repeating: UInt8(ascii: "-"), count: PKILimits.chainBytesMax)
        let open = Array("-----BEGIN CERTIFICATE-----\n".utf8) + [UInt8](repeating: UInt8(ascii: ":"), count: PKILimits.chainBytesMax - 28)
        let duration = ContinuousClock().measure {
            for text in [lines, blank, dashes, open] { #expect(code { _ = try CertificateChain.parse(pem: text) } == .notPEM) }
        }
        // Quadratic work on a megabyte would be hours; this bound only has to be far from both.
        #expect(duration < .seconds(30))
    }
}

@Suite("Keys and certificates that belong together") struct TLSKeyPairTests {
    @Test func `a pair keeps the chain and the key`() throws {
        let fixtures = try Fixtures.shared.get()
        let pair = try TLSKeyPair(
            certificatePEM: Array(PEM.encode([fixtures.leaf, fixtures.root]).utf8), privateKeyPEM: fixtures.leafKeyPEM)
        #expect(pair.leaf == fixtures.leaf)
        #expect(pair.chainDER == [fixtures.leaf.der])
        #expect(pair.keyAlgorithm == .ecdsaP256)
        #expect(pair.privateKeyPEM.copy() == fixtures.leafKeyPEM)
        #expect(try pair.privateKey().publicKeyDER == fixtures.leafKey.publicKeyDER)
    }

    @Test func `the kept key is the key block alone`() throws {
        let tool = try OpenSSLTool()
        try tool.run("ecparam -name prime256v1 -genkey -out @key.pem")
        let text = try tool.read("key.pem")
        let key = try PrivateKey(pem: text)
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "a.example")], notBefore: Fixtures.now, notAfter: Fixtures.now.addingTimeInterval(60))
        let pair = try TLSKeyPair(certificatePEM: Array(PEM.encode([certificate]).utf8), privateKeyPEM: text)
        try tool.run("ec -in @key.pem -out @alone.pem")
        #expect(try pair.privateKeyPEM.copy() == tool.read("alone.pem"))
    }

    @Test func `a key of another certificate is refused, saying what both are`() throws {
        let fixtures = try Fixtures.shared.get()
        let other = try PrivateKey.generate(.ed25519).pem().copy()
        let text = message { _ = try TLSKeyPair(certificatePEM: fixtures.leafPEM, privateKeyPEM: other) }
        #expect(
            text == "private key: the certificate is not for it: the key is Ed25519, the first certificate has ECDSA P-256 and is for "
                + "www.example.com, *.example.org")
        let same = fixtures.otherKey.pem().copy()
        #expect(code { _ = try TLSKeyPair(certificatePEM: fixtures.leafPEM, privateKeyPEM: same) } == .keyMismatch)
        #expect(code { _ = try TLSKeyPair(certificates: [], privateKey: fixtures.leafKey) } == .keyMismatch)
    }

    @Test func `a certificate with a compressed point is still for its key`() throws {
        let tool = try OpenSSLTool()
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key.pem")
        try tool.run("ec -in @key.pem -conv_form compressed -out @compressed.pem")
        try tool.run("req -x509 -key @compressed.pem -subj /CN=x -days 5 -out @cert.pem")
        let certificates = try CertificateChain.parse(pem: try tool.read("cert.pem"))
        let key = try PrivateKey(pem: try tool.read("key.pem"))
        #expect(certificates[0].publicKeyDER.count < key.publicKeyDER.count)
        #expect(key.matches(certificates[0]))
        #expect(try !Fixtures.shared.get().otherKey.matches(certificates[0]))
    }

    @Test func `an expired pair is a pair`() throws {
        let key = try Fixtures.shared.get().leafKey
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "a.example")], notBefore: Date(timeIntervalSince1970: 0),
            notAfter: Date(timeIntervalSince1970: 60))
        #expect(try !TLSKeyPair(certificates: [certificate], privateKey: key).leaf.isValid(at: Fixtures.now))
    }

    @Test func `pairs are read on many threads at once`() async throws {
        let fixtures = try Fixtures.shared.get()
        let texts = (fixtures.leafPEM, fixtures.leafKeyPEM)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for round in 0..<25 {
                        let pair = try TLSKeyPair(certificatePEM: texts.0, privateKeyPEM: texts.1)
                        #expect(pair.leaf.isIssued(by: fixtures.root))
                        let signed = try JWS.sign(protectedHeaderJSON: Array(#"{"alg":"ES256"}"#.utf8), payload: [1], key: fixtures.leafKey)
                        try JWSMessage(flattenedJSON: signed).verify(with: fixtures.leafKey.jwk)
                        #expect(code { _ = try Certificate(der: [UInt8(task), UInt8(round)]) } == .malformed)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Every order of the elements.
private func permutations<Element>(of elements: [Element]) -> [[Element]] {
    guard elements.count > 1 else { return [elements] }
    return elements.indices.flatMap { index in
        var rest = elements
        let first = rest.remove(at: index)
        return permutations(of: rest).map { [first] + $0 }
    }
}
