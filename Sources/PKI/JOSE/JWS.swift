/// JSON Web Signatures in flattened JSON, RFC 7515 §7.2.2, as ACME sends them (RFC 8555 §6.2).
public enum JWS {
    /// Signs with a private key.
    ///
    /// - Parameter protectedHeaderJSON: the header as it is to be sent; its `alg` is ``PrivateKey/jwsAlgorithm``.
    /// - Parameter payload: any bytes; empty for a POST-as-GET (RFC 8555 §6.3).
    /// - Returns: the flattened JSON: `{"protected":"…","payload":"…","signature":"…"}`.
    public static func sign(protectedHeaderJSON: [UInt8], payload: [UInt8], key: PrivateKey) throws(PKIError) -> [UInt8] {
        let input = signingInput(protectedHeaderJSON, payload)
        return flattened(input, signature: try key.jwsSignature(of: Array("\(input.protected).\(input.payload)".utf8)))
    }

    /// Signs with a MAC key, `HS256`: external account binding, RFC 8555 §7.3.4.
    public static func sign(protectedHeaderJSON: [UInt8], payload: [UInt8], hmacKey: SecretBytes) throws(PKIError) -> [UInt8] {
        let input = signingInput(protectedHeaderJSON, payload)
        return flattened(input, signature: try hmacSHA256(Array("\(input.protected).\(input.payload)".utf8), key: hmacKey))
    }

    private static func signingInput(_ header: [UInt8], _ payload: [UInt8]) -> (protected: String, payload: String) {
        (Base64URL.encode(header), Base64URL.encode(payload))
    }

    private static func flattened(_ input: (protected: String, payload: String), signature: [UInt8]) -> [UInt8] {
        let text = #"{"protected":"\#(input.protected)","payload":"\#(input.payload)","signature":"\#(Base64URL.encode(signature))"}"#
        return Array(text.utf8)
    }
}
