import Core
import PKI
import Testing

@Suite("Reading private keys, RFC 5958, RFC 5915, RFC 8017 appendix A, RFC 8410") struct KeyReadingTests {
    let tool: OpenSSLTool

    init() throws { tool = try OpenSSLTool() }

    private func publicKey(_ name: String) throws -> [UInt8] {
        try tool.run("pkey -in @\(name) -pubout -outform DER -out @public")
        return try tool.read("public")
    }

    @Test(arguments: [("prime256v1", KeyAlgorithm.ecdsaP256), ("secp384r1", .ecdsaP384)])
    func `EC keys of the CLI are read from SEC1, with and without parameters block, and from PKCS#8`(
        curve: String, algorithm: KeyAlgorithm
    ) throws {
        try tool.run("ecparam -name \(curve) -genkey -out @with-parameters.pem")
        try tool.run("ec -in @with-parameters.pem -out @sec1.pem")
        try tool.run("ec -in @sec1.pem -no_public -out @no-public.pem")
        try tool.run("ec -in @sec1.pem -conv_form compressed -out @compressed.pem")
        try tool.run("pkcs8 -topk8 -nocrypt -in @sec1.pem -out @pkcs8.pem")
        let expected = try publicKey("sec1.pem")
        for name in ["with-parameters.pem", "sec1.pem", "no-public.pem", "compressed.pem", "pkcs8.pem"] {
            let key = try PrivateKey(pem: try tool.read(name))
            #expect(key.algorithm == algorithm, "\(name)")
            #expect(key.publicKeyDER == expected, "\(name)")
        }
    }

    @Test func `RSA keys of the CLI are read from PKCS#1 and PKCS#8`() throws {
        try tool.run("genrsa -traditional -out @pkcs1.pem 2048")
        try tool.run("pkcs8 -topk8 -nocrypt -in @pkcs1.pem -out @pkcs8.pem")
        let expected = try publicKey("pkcs1.pem")
        for name in ["pkcs1.pem", "pkcs8.pem"] {
            let key = try PrivateKey(pem: try tool.read(name))
            #expect(key.algorithm == .rsa(bits: 2048))
            #expect(key.publicKeyDER == expected)
        }
    }

    @Test func `Ed25519 keys of the CLI are read`() throws {
        try tool.run("genpkey -algorithm ed25519 -out @key.pem")
        let key = try PrivateKey(pem: try tool.read("key.pem"))
        #expect(key.algorithm == .ed25519)
        #expect(try key.publicKeyDER == publicKey("key.pem"))
    }

    @Test func `text around the key, CRLF and indentation do not matter`() throws {
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key.pem")
        let text = String(decoding: try tool.read("key.pem"), as: UTF8.self)
        let expected = try PrivateKey(pem: Array(text.utf8)).publicKeyDER
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for variant in [
            "Bag Attributes: a:b\n" + text, lines.joined(separator: "\r\n"), lines.joined(separator: "\r"),
            lines.map { "    " + $0 + "  " }.joined(separator: "\n"), PEM.encode([try Fixtures.shared.get().leaf]) + text,
        ] {
            #expect(try PrivateKey(pem: Array(variant.utf8)).publicKeyDER == expected)
        }
    }

    @Test(arguments: [
        "ec -aes256 -passout pass:secret -in @key.pem -out @encrypted.pem",
        "pkcs8 -topk8 -passout pass:secret -in @key.pem -out @encrypted.pem",
        "pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:secret -in @key.pem -out @encrypted.pem",
    ])
    func `encrypted keys are refused by that name`(command: String) throws {
        try tool.run("ecparam -name prime256v1 -genkey -noout -out @key.pem")
        try tool.run(command)
        let pem = try tool.read("encrypted.pem")
        #expect(code { _ = try PrivateKey(pem: pem) } == .encryptedKey)
        #expect(message { _ = try PrivateKey(pem: pem) } == "private key: is encrypted; only keys without a pass phrase can be used")
    }

    @Test func `encrypted PKCS#1 is refused by that name`() throws {
        try tool.run("genrsa -traditional -aes128 -passout pass:secret -out @encrypted.pem 2048")
        let pem = try tool.read("encrypted.pem")
        #expect(code { _ = try PrivateKey(pem: pem) } == .encryptedKey)
    }

    @Test(arguments: ["secp521r1", "secp256k1", "brainpoolP256r1"])
    func `other curves are refused by their names`(curve: String) throws {
        try tool.run("ecparam -name \(curve) -genkey -noout -out @sec1.pem")
        try tool.run("pkcs8 -topk8 -nocrypt -in @sec1.pem -out @pkcs8.pem")
        for name in ["sec1.pem", "pkcs8.pem"] {
            let pem = try tool.read(name)
            #expect(
                message { _ = try PrivateKey(pem: pem) }
                    == "private key: is on the EC curve \(curve); P-256 and P-384 are supported")
        }
    }

    @Test func `explicit curve parameters are refused, even those of P-256`() throws {
        try tool.run("ecparam -name prime256v1 -genkey -noout -param_enc explicit -out @sec1.pem")
        try tool.run("pkcs8 -topk8 -nocrypt -in @sec1.pem -out @pkcs8.pem")
        for name in ["sec1.pem", "pkcs8.pem"] {
            let pem = try tool.read(name)
            #expect(code { _ = try PrivateKey(pem: pem) } == .unsupportedKey)
            #expect(message { _ = try PrivateKey(pem: pem) }.contains("spells out its own EC curve parameters"))
        }
    }

    @Test(arguments: [
        ("genpkey -algorithm ed448 -out @key.pem", "ED448"), ("genpkey -algorithm x25519 -out @key.pem", "X25519"),
        ("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out @key.pem", "RSASSA-PSS"),
    ])
    func `other types are refused by their names`(command: String, name: String) throws {
        try tool.run(command)
        let pem = try tool.read("key.pem")
        #expect(code { _ = try PrivateKey(pem: pem) } == .unsupportedKey)
        #expect(message { _ = try PrivateKey(pem: pem) }.lowercased().contains(name.lowercased()))
    }

    @Test func `RSA below 2048 bits and with three primes is refused`() throws {
        try tool.run("genrsa -out @small.pem 1024")
        let small = try tool.read("small.pem")
        #expect(message { _ = try PrivateKey(pem: small) } == "private key: is RSA with 1024 bits; 2048 to 8192 are supported")
        try tool.run("genrsa -primes 3 -out @three.pem 2048")
        let three = try tool.read("three.pem")
        #expect(message { _ = try PrivateKey(pem: three) } == "private key: is RSA with more than two primes")
    }

    @Test func `what is no private key is refused by what it is`() throws {
        let certificate = try Fixtures.shared.get().leafPEM
        #expect(message { _ = try PrivateKey(pem: certificate) } == "private key: has no PRIVATE KEY block, but CERTIFICATE")
        #expect(message { _ = try PrivateKey(pem: []) } == "private key: has no PEM block")
        #expect(code { _ = try PrivateKey(pem: Array("hello".utf8)) } == .notPEM)
        let dsa = Array("-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n".utf8)
        #expect(message { _ = try PrivateKey(pem: dsa) }.hasPrefix("private key: is a DSA PRIVATE KEY; "))
        let open = Array("-----BEGIN PRIVATE KEY-----\nAAAA\n".utf8)
        #expect(message { _ = try PrivateKey(pem: open) } == "private key: the PEM block PRIVATE KEY has no END line")
        let crossed = Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        #expect(message { _ = try PrivateKey(pem: crossed) } == "private key: the PEM block PRIVATE KEY ends as CERTIFICATE")
    }

    @Test func `a public point of another key is refused, not believed`() throws {
        let keys = try [0, 1].map { _ in
            try tool.run("ecparam -name prime256v1 -genkey -noout -out @key.pem")
            try tool.run("ec -in @key.pem -outform DER -out @key.der")
            return try tool.read("key.der")
        }
        // SEC1 of P-256: the point is the last 65 bytes.
        let mixed = keys[0].dropLast(65) + keys[1].suffix(65)
        let pem = Array(PEM.encode(Array(mixed), label: "EC PRIVATE KEY").utf8)
        #expect(code { _ = try PrivateKey(pem: pem) } == .inconsistentKey)
    }

    @Test func `an RSA key with one changed bit in any of its secret numbers is refused`() throws {
        try tool.run("genrsa -traditional -out @key.pem 2048")
        try tool.run("rsa -in @key.pem -traditional -outform DER -out @key.der")
        let der = try tool.read("key.der")
        // Behind version, modulus and exponent (about 280 bytes) everything is secret; every 50th byte meets each number.
        for index in stride(from: 300, to: der.count - 4, by: 50) {
            var changed = der
            changed[index] ^= 0x04
            let pem = Array(PEM.encode(changed, label: "RSA PRIVATE KEY").utf8)
            #expect(code { _ = try PrivateKey(pem: pem) } != nil, "byte \(index)")
        }
    }

    @Test func `the number zero and the order of the curve are no keys`() throws {
        let order = bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        for number in [[UInt8](repeating: 0, count: 32), order, [UInt8](repeating: 0xFF, count: 32)] {
            #expect(code { _ = try PrivateKey(pem: sec1(number)) } == .inconsistentKey)
        }
        var last = order
        last[31] -= 1
        #expect(throws: Never.self) { try PrivateKey(pem: sec1(last)) }
        #expect(code { _ = try PrivateKey(pem: sec1([0] + last)) } == .malformed)
    }

    private func sec1(_ number: [UInt8]) -> [UInt8] {
        let curve = bytes("A00A06082A8648CE3D030107")
        let body: [UInt8] = [0x02, 0x01, 0x01, 0x04, UInt8(number.count)] + number + curve
        return Array(PEM.encode([0x30, UInt8(body.count)] + body, label: "EC PRIVATE KEY").utf8)
    }

    @Test func `a text one byte over the limit is refused before it is read`() throws {
        let key = try Fixtures.shared.get().leafKeyPEM
        let padding = [UInt8](repeating: UInt8(ascii: "\n"), count: PKILimits.keyBytesMax - key.count)
        #expect(throws: Never.self) { try PrivateKey(pem: padding + key) }
        #expect(
            code { _ = try PrivateKey(pem: padding + key + [UInt8(ascii: "\n")]) }
                == .tooLarge(got: PKILimits.keyBytesMax + 1, limit: PKILimits.keyBytesMax))
    }
}
