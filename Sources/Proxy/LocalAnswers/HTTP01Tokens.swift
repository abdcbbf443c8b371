/// The http-01 challenges that can be answered now: by token, the key authorization. RFC 8555 §8.3. An immutable snapshot.
public struct HTTP01Tokens: Sendable {
    private let keyAuthorizations: [String: String]

    /// Tokens with their key authorizations; none by default.
    public init(_ keyAuthorizations: [String: String] = [:]) {
        self.keyAuthorizations = keyAuthorizations
    }

    /// The body of the answer to a request for a token.
    func keyAuthorization(for token: Span<UInt8>) -> String? {
        // No token is longer than what an order could carry; a longer path is not worth a string.
        guard !keyAuthorizations.isEmpty, token.count <= ChallengeLimits.tokenBytesMax else { return nil }
        let text = String(decoding: token.indices.map { token[$0] }, as: UTF8.self)
        return keyAuthorizations[text]
    }

    /// The token as text when it can be one: base64url with at least 128 bits (RFC 8555 §8.3). Anything else is not worth a look.
    static func lookupToken(_ token: Span<UInt8>) -> String? {
        guard (ChallengeLimits.tokenBytesMin...ChallengeLimits.tokenBytesMax).contains(token.count) else { return nil }
        for index in token.indices where !isBase64URL(token[index]) { return nil }
        return String(decoding: token.indices.map { token[$0] }, as: UTF8.self)
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
