/// Why the API server did not do what was asked. Never holds a token, a header or the content of a Secret.
public struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened, as far as it decides what to do next.
    public enum Code: Hashable, Sendable {
        /// 404: no such object, or no such resource.
        case notFound
        /// 409 with the reason AlreadyExists.
        case alreadyExists
        /// 409: a precondition failed, the object has changed meanwhile, or another field manager owns a field.
        case conflict
        /// 401, also after the credentials were read anew.
        case unauthorized
        /// 403: RBAC, admission or a quota.
        case forbidden
        /// 422: the object's content.
        case invalid
        /// Any other 4xx: our own mistake, or a server that is too old.
        case badRequest
        /// 410: the resource version or the continuation is too old; list again.
        case gone
        /// 429, after some retries.
        case tooManyRequests
        /// 5xx, after some retries.
        case serverError
        /// The server or we gave up waiting; whether the request had an effect is unknown.
        case timeout
        /// No connection, or one that broke; after some retries.
        case unreachable
        /// The answer is not what an API server says, is cut or too long.
        case badResponse
        /// The configuration or the credentials cannot be used: a file is missing, a plugin fails, a certificate is not trusted.
        case configuration
        /// The task was cancelled.
        case cancelled
        /// The client was shut down.
        case closed
    }

    /// What happened.
    public let code: Code
    /// The status of the answer, or `code` of the Status object in a watch; nil without an answer.
    public let httpStatus: Int?
    /// The Status object's reason, such as `AlreadyExists`; nil without one.
    public let reason: String?
    /// The Status object's message, or our own words.
    public let message: String
    /// How long the server wants us to wait.
    public let retryAfter: Duration?
    /// What was asked: `get secrets shop/web-tls`.
    public let subject: String

    /// Makes an error, for fakes and for other readers of Status objects.
    public init(
        code: Code, httpStatus: Int? = nil, reason: String? = nil, message: String, retryAfter: Duration? = nil, subject: String
    ) {
        self.code = code
        self.httpStatus = httpStatus
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
        self.subject = subject
    }

    /// Whether the same request may succeed later without anybody changing anything.
    public var isTransient: Bool {
        switch code {
        case .tooManyRequests, .serverError, .timeout, .unreachable, .badResponse: true
        case .notFound, .alreadyExists, .conflict, .unauthorized, .forbidden, .invalid, .badRequest, .gone, .configuration, .cancelled,
            .closed:
            false
        }
    }

    /// One line for an operator: `get secrets shop/web-tls: secrets "web-tls" not found (404 NotFound)`.
    public var description: String {
        let status = [httpStatus.map(String.init), reason].compactMap(\.self).joined(separator: " ")
        return "\(subject): \(message)" + (status.isEmpty ? "" : " (\(status))")
    }
}
