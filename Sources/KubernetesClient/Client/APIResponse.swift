public import HTTPClient

/// An answer of the API server with a status of 200...299.
public struct APIResponse: Hashable, Sendable {
    /// 200, 201 or 202.
    public let status: Int
    /// The header fields.
    public let headers: HTTPFields
    /// JSON.
    public let body: [UInt8]

    /// Makes an answer.
    public init(status: Int, headers: HTTPFields = [:], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
