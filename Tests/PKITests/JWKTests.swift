import FoundationEssentials
import PKI
import TestKit
import Testing

@Suite("JSON Web Keys, RFC 7517, RFC 7638, RFC 8037") struct JWKTests {
    private func decoded(_ json: String) throws -> JWK { try JSONDecoder().decode(JWK.self, from: Data(json.utf8)) }

    @Test func `the RSA thumbprint of RFC 7638 §3·1`() throws {
        let key = try decoded(
            """
            {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn\
            jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO\
            pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256",\
            "kid":"2011-04-29"}
            """)
        #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        #expect(key.canonicalJSON.hasPrefix(#"{"e":"AQAB","kty":"RSA","n":"0vx7"#))
    }

    @Test func `the Ed25519 key and thumbprint of RFC 8037 §A·1 to §A·3`() throws {
        let key = try JOSEKeys.ed25519().jwk
        #expect(key.canonicalJSON == #"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test func `the EC key of RFC 7515 §A·3·1`() throws {
        #expect(
            try JOSEKeys.p256().jwk.canonicalJSON
                == #"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
        )
    }

    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .ed25519, .rsa(bits: 2048)])
    func `a key goes through JSON and back to the same public key`(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let jwk = try JSONDecoder().decode(JWK.self, from: JSONEncoder().encode(key.jwk))
        #expect(jwk == key.jwk)
        #expect(jwk.publicKeyDER == key.publicKeyDER)
        #expect(try PublicKey(der: jwk.publicKeyDER).algorithm == algorithm)
        #expect(try decoded(key.jwk.canonicalJSON) == jwk)
    }

    @Test(arguments: [
        "{}", "[]", #"{"kty":"oct","k":"AA"}"#, #"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#,
        #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
        #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#, #"{"kty":"OKP","crv":"Ed25519","x":"11qY"}"#,
        #"{"kty":"RSA","n":"","e":"AQAB"}"#, #"{"kty":"RSA","n":"A=","e":"AQAB"}"#, #"{"kty":"RSA","e":"AQAB"}"#,
    ])
    func `other and damaged keys are refused`(json: String) {
        #expect(throws: (any Error).self) { try decoded(json) }
    }

    @Test func `a point off its curve and a tiny RSA key are refused when they are used`() throws {
        let off = JWK.ec(curve: .p256, x: [UInt8](repeating: 1, count: 32), y: [UInt8](repeating: 2, count: 32))
        #expect(code { _ = try PublicKey(der: off.publicKeyDER) } == .malformed)
        #expect(code { _ = try PublicKey(der: JWK.rsa(modulus: [], exponent: []).publicKeyDER) } == .unsupportedKey)
        #expect(code { _ = try PublicKey(der: []) } == .unsupportedKey)
    }
}

@Suite("base64url, RFC 4648 §5") struct Base64URLTests {
    @Test func `every length is written and read`() {
        var random = SeededRandom(seed: 1)
        for count in 0...100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64URL.encode(bytes)
            #expect(text.utf8.count == (count * 4 + 2) / 3)
            #expect(Base64URL.decode(text) == bytes)
        }
    }

    @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func `the vectors of RFC 4648 §10`(text: String, encoded: String) {
        #expect(Base64URL.encode(Array(text.utf8)) == encoded)
    }

    @Test(arguments: ["A", "AAAAA", "AA=", "AA==", "A+", "A/A", "AB", "AAB", "A A", "AA\n", "ä"])
    func `padding, stray bits and other characters are refused`(text: String) { #expect(Base64URL.decode(text) == nil) }

    @Test func `the two characters of its own`() { #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8") }
}
