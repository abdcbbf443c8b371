import PKI
import Testing

@Suite("JSON Web Signatures, RFC 7515 appendix A, RFC 8037 §A.4") struct JWSVectorTests {
    static let payload = Array("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}".utf8)
    static let payloadText = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    private func flattened(_ header: String, _ payload: String, _ signature: String) -> [UInt8] {
        Array(#"{"protected":"\#(header)","payload":"\#(payload)","signature":"\#(signature)"}"#.utf8)
    }

    @Test func `A·1, HS256`() throws {
        let key = SecretBytes(
            try #require(Base64URL.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")))
        let expected = flattened(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", Self.payloadText, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        let header = Array("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}".utf8)
        #expect(try JWS.sign(protectedHeaderJSON: header, payload: Self.payload, hmacKey: key) == expected)
        let message = try JWSMessage(flattenedJSON: expected)
        #expect(message.payload == Self.payload && message.algorithm == "HS256")
        try message.verify(hmacKey: key)
        #expect(code { try message.verify(hmacKey: SecretBytes([1])) } == .badSignature)
    }

    @Test func `A·2, RS256`() throws {
        let key = try JOSEKeys.rsa()
        let expected = flattened(
            "eyJhbGciOiJSUzI1NiJ9", Self.payloadText,
            """
            cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4\
            BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv\
            hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
            """)
        #expect(key.jwsAlgorithm == "RS256")
        #expect(try JWS.sign(protectedHeaderJSON: Array(#"{"alg":"RS256"}"#.utf8), payload: Self.payload, key: key) == expected)
        try JWSMessage(flattenedJSON: expected).verify(with: key.jwk)
    }

    @Test func `A·3, ES256`() throws {
        let key = try JOSEKeys.p256()
        let expected = flattened(
            "eyJhbGciOiJFUzI1NiJ9", Self.payloadText,
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
        #expect(key.jwsAlgorithm == "ES256")
        try JWSMessage(flattenedJSON: expected).verify(with: key.jwk)
    }

    @Test func `A·4, ES512, is refused by name: P-521 is not supported`() throws {
        let message = try JWSMessage(flattenedJSON: flattened("eyJhbGciOiJFUzUxMiJ9", "UGF5bG9hZA", "AAAA"))
        #expect(message.algorithm == "ES512" && message.payload == Array("Payload".utf8))
        let key = try JOSEKeys.p256().jwk
        #expect(code { try message.verify(with: key) } == .badSignature)
        #expect(PKITests.message { try message.verify(with: key) } == #"JWS: its alg is "ES512"; this key makes ES256"#)
    }

    @Test func `RFC 8037 A·4, EdDSA`() throws {
        let key = try JOSEKeys.ed25519()
        let expected = flattened(
            "eyJhbGciOiJFZERTQSJ9", "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        let payload = Array("Example of Ed25519 signing".utf8)
        #expect(try JWS.sign(protectedHeaderJSON: Array(#"{"alg":"EdDSA"}"#.utf8), payload: payload, key: key) == expected)
        try JWSMessage(flattenedJSON: expected).verify(with: key.jwk)
    }
}

@Suite("Signing and verifying JWS, RFC 7515 §5, RFC 7518 §3.4") struct JWSTests {
    private func signed(_ key: PrivateKey, _ payload: [UInt8] = [1, 2, 3]) throws -> [UInt8] {
        try JWS.sign(protectedHeaderJSON: Array(#"{"alg":"\#(key.jwsAlgorithm)"}"#.utf8), payload: payload, key: key)
    }

    @Test(arguments: [(KeyAlgorithm.ecdsaP256, 64), (.ecdsaP384, 96), (.ed25519, 64), (.rsa(bits: 2048), 256)])
    func `signatures have their fixed width and verify, with this key alone`(algorithm: KeyAlgorithm, width: Int) throws {
        let key = try PrivateKey.generate(algorithm)
        let other = try PrivateKey.generate(algorithm)
        // R or S starts with a zero byte in one of 128 signatures, which DER would leave out.
        for round in 0..<(algorithm == .ecdsaP256 ? 300 : 3) {
            let message = try JWSMessage(flattenedJSON: signed(key, [UInt8(round & 0xFF)]))
            #expect(message.signature.count == width)
            try message.verify(with: key.jwk)
        }
        let message = try JWSMessage(flattenedJSON: signed(key))
        #expect(code { try message.verify(with: other.jwk) } == .badSignature)
    }

    @Test func `an ES384 signature is what the CLI verifies`() throws {
        let tool = try OpenSSLTool()
        let key = try PrivateKey.generate(.ecdsaP384)
        let message = try JWSMessage(flattenedJSON: signed(key))
        func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            let digits = Array(bytes.drop { $0 == 0 })
            let content = (digits.first ?? 0) >= 0x80 ? [0] + digits : digits
            return [0x02, UInt8(content.count)] + content
        }
        let body = integer(message.signature.prefix(48)) + integer(message.signature.suffix(48))
        try tool.write([0x30, UInt8(body.count)] + body, "signature")
        let text = Base64URL.encode(message.protectedHeaderJSON) + "." + Base64URL.encode(message.payload)
        try tool.write(text, "text")
        try tool.write(PEM.encode(key.publicKeyDER, label: "PUBLIC KEY"), "public.pem")
        #expect(try tool.run("dgst -sha384 -verify @public.pem -signature @signature @text").text.contains("Verified OK"))
    }

    @Test func `an empty payload stays empty, as a POST-as-GET has it`() throws {
        let key = try Fixtures.shared.get().leafKey
        let json = try signed(key, [])
        #expect(String(decoding: json, as: UTF8.self).contains(#""payload":"""#))
        #expect(try JWSMessage(flattenedJSON: json).payload.isEmpty)
    }

    @Test func `any changed byte of header, payload or signature is found`() throws {
        let key = try Fixtures.shared.get().leafKey
        let json = try signed(key)
        for index in json.indices {
            var changed = json
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let refused = code { try JWSMessage(flattenedJSON: changed).verify(with: key.jwk) }
            #expect(refused == .badSignature || refused == .malformed, "byte \(index)")
        }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"protected":"e30","payload":""}"#, #"{"protected":"e30","payload":"","signature":""}"#,
        #"{"protected":"eyJhbGciOiJFUzI1NiJ9","payload":"=","signature":""}"#,
        #"{"protected":"eyJhbGciOiJFUzI1NiJ9","payload":"","signature":"","header":{}}"#,
    ])
    func `what is no flattened JWS is refused`(json: String) {
        #expect(code { _ = try JWSMessage(flattenedJSON: Array(json.utf8)) } == .malformed)
    }

    @Test(arguments: [0, 1, 63, 65, 72, 128])
    func `an ECDSA signature of another length does not verify`(count: Int) throws {
        let key = try Fixtures.shared.get().leafKey
        let signature = Base64URL.encode([UInt8](repeating: 1, count: count))
        let json = Array(#"{"protected":"eyJhbGciOiJFUzI1NiJ9","payload":"","signature":"\#(signature)"}"#.utf8)
        #expect(code { try JWSMessage(flattenedJSON: json).verify(with: key.jwk) } == .badSignature)
    }

    @Test func `a message one byte over the limit is refused before it is read`() throws {
        let key = try Fixtures.shared.get().leafKey
        let json = try signed(key)
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: PKILimits.jwsBytesMax - json.count)
        #expect(throws: Never.self) { try JWSMessage(flattenedJSON: json + padding) }
        #expect(
            code { _ = try JWSMessage(flattenedJSON: json + padding + [0x20]) }
                == .tooLarge(got: PKILimits.jwsBytesMax + 1, limit: PKILimits.jwsBytesMax))
    }
}
