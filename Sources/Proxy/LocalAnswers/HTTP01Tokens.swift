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
        guard !keyAuthorizations.isEmpty, token.count <= Self.tokenBytesMax else { return nil }
        let text = String(decoding: token.indices.map { token[$0] }, as: UTF8.self)
        return keyAuthorizations[text]
    }

    /// RFC 8555 §8.3 asks for at least 22 characters; CAs send 43.
    private static let tokenBytesMax = 512
}
