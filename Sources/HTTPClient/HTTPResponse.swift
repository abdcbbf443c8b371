/// A complete answer. Statuses of 400 and above are answers like any other.
public struct HTTPResponse: Hashable, Sendable {
    /// The status code, 200...999; interim answers (1xx) are never shown.
    public let status: Int
    /// The header fields of the final answer, without trailers.
    public let headers: HTTPFields
    /// The body, without transfer coding. Content coding is neither asked for nor undone.
    public let body: [UInt8]

    /// Makes an answer, for fakes of code that takes one.
    public init(status: Int, headers: HTTPFields, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
