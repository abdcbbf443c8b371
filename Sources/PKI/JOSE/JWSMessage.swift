internal import COpenSSL
internal import FoundationEssentials

/// A flattened JWS that was received: its parts, and the checks of its signature. RFC 7515 §5.2.
///
/// For the receiving side, which in this project are test CAs; nothing in it is believed before `verify` returned.
public struct JWSMessage: Hashable, Sendable {
    /// The protected header as it was signed.
    public let protectedHeaderJSON: [UInt8]
    /// `alg` of the protected header.
    public let algorithm: String
    /// The payload; empty for a POST-as-GET.
    public let payload: [UInt8]
    /// The signature or MAC.
    public let signature: [UInt8]

    private let signedText: [UInt8]

    /// Takes a flattened JWS apart.
    ///
    /// - Throws: when it is too large, not a flattened JWS, or has an unprotected header, which RFC 8555 §6.2 forbids.
    public init(flattenedJSON: [UInt8]) throws(PKIError) {
        guard flattenedJSON.count <= PKILimits.jwsBytesMax else {
            throw PKIError(
                .tooLarge(got: flattenedJSON.count, limit: PKILimits.jwsBytesMax), Self.subject,
                "is \(flattenedJSON.count) bytes; at most \(PKILimits.jwsBytesMax) are read")
        }
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(flattenedJSON)) else {
            throw PKIError(.malformed, Self.subject, "is not flattened JSON with protected, payload and signature, and nothing unprotected")
        }
        guard let header = Base64URL.decode(members.protected), let payload = Base64URL.decode(members.payload),
            let signature = Base64URL.decode(members.signature)
        else { throw PKIError(.malformed, Self.subject, "has a member that is not base64url") }
        guard let parameters = try? JSONDecoder().decode(Header.self, from: Data(header)) else {
            throw PKIError(.malformed, Self.subject, "its protected header is not a JSON object with alg")
        }
        protectedHeaderJSON = header
        algorithm = parameters.alg
        self.payload = payload
        self.signature = signature
        signedText = Array("\(members.protected).\(members.payload)".utf8)
    }

    /// Checks that the key signed header and payload, and that the header names the key's algorithm.
    ///
    /// - Throws: ``PKIError/Code/badSignature`` otherwise.
    public func verify(with key: JWK) throws(PKIError) {
        try checkAlgorithm(key.jwsAlgorithm)
        guard try PublicKey(der: key.publicKeyDER).verifies(jwsSignature: signature, of: signedText) else {
            throw PKIError(.badSignature, Self.subject, "its signature does not verify")
        }
    }

    /// Checks the MAC of header and payload, `HS256`, in constant time.
    public func verify(hmacKey: SecretBytes) throws(PKIError) {
        try checkAlgorithm("HS256")
        let expected = try hmacSHA256(signedText, key: hmacKey)
        guard signature.count == expected.count, unsafe CRYPTO_memcmp(signature, expected, expected.count) == 0 else {
            throw PKIError(.badSignature, Self.subject, "its MAC does not verify")
        }
    }

    private static let subject = "JWS"

    private func checkAlgorithm(_ expected: String) throws(PKIError) {
        guard algorithm == expected else {
            throw PKIError(.badSignature, Self.subject, "its alg is \"\(algorithm.prefix(16))\"; this key makes \(expected)")
        }
    }

    private struct Header: Decodable {
        let alg: String
    }

    private struct Members: Decodable {
        let protected: String
        let payload: String
        let signature: String

        private enum Name: String, CodingKey {
            case protected, payload, signature, header
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Name.self)
            if members.contains(.header) {
                throw DecodingError.dataCorruptedError(forKey: .header, in: members, debugDescription: "not allowed")
            }
            protected = try members.decode(String.self, forKey: .protected)
            payload = try members.decode(String.self, forKey: .payload)
            signature = try members.decode(String.self, forKey: .signature)
        }
    }
}
