import PKI
import Testing

@Suite("Generating and writing private keys, RFC 5958") struct KeyWritingTests {
    @Test(arguments: [
        (KeyAlgorithm.ecdsaP256, "ASN1 OID: prime256v1"), (.ecdsaP384, "ASN1 OID: secp384r1"), (.ed25519, "ED25519 Private-Key"),
        (.rsa(bits: 2048), "Private-Key: (2048 bit, 2 primes)"), (.rsa(bits: 3072), "Private-Key: (3072 bit, 2 primes)"),
    ])
    func `the CLI reads what was generated, and so do we`(algorithm: KeyAlgorithm, expected: String) throws {
        let tool = try OpenSSLTool()
        let key = try PrivateKey.generate(algorithm)
        #expect(key.algorithm == algorithm)
        try tool.write(key.pem().copy(), "key.pem")
        let text = try tool.run("pkey -in @key.pem -check -noout -text").text
        #expect(text.contains("Key is valid"))
        #expect(text.contains(expected))
        try tool.run("pkey -in @key.pem -pubout -outform DER -out @public")
        #expect(try tool.read("public") == key.publicKeyDER)
        let again = try PrivateKey(pem: key.pem())
        #expect(again.publicKeyDER == key.publicKeyDER)
        #expect(again.algorithm == algorithm)
        #expect(again.pem().copy() == key.pem().copy())
    }

    @Test func `other RSA sizes are not generated`() {
        for bits in [0, 1024, 2047, 8192, -1] {
            #expect(code { _ = try PrivateKey.generate(.rsa(bits: bits)) } == .unsupportedKey)
        }
    }

    @Test func `key algorithms are written and read as text`() {
        for algorithm in [KeyAlgorithm.ecdsaP256, .ecdsaP384, .ed25519, .rsa(bits: 2048), .rsa(bits: 8192)] {
            #expect(KeyAlgorithm(algorithm.description) == algorithm)
        }
        for text in ["", "RSA", "RSA x", "RSA 1024", "RSA 8193", "rsa 2048", "ECDSA P-521"] { #expect(KeyAlgorithm(text) == nil) }
    }
}

@Suite("Secret bytes") struct SecretBytesTests {
    @Test func `they show nothing of themselves`() {
        let secret = SecretBytes(Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        #expect(!dumped.contains("104") && !dumped.contains("hunter"))
        #expect("\([secret])" == "[<redacted>]")
    }

    @Test func `they give back what they were given`() {
        let secret = SecretBytes([1, 2, 3])
        #expect(secret.count == 3)
        #expect(secret.copy() == [1, 2, 3])
        #expect(secret.withBytes { $0.count } == 3)
        #expect(SecretBytes([]).copy() == [])
    }
}
