internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Manifests

/// Makes errors of the API server's Status objects, of answers without one, and of transfers without an answer.
enum StatusReader {
    /// The error that an answer with a status of 300 and above means.
    static func error(_ status: Int, _ headers: HTTPFields, _ body: [UInt8], to request: APIRequest, now: Date) -> APIError {
        let object = body.count <= Limits.statusBytesMax ? APIStatus(json: body) : nil
        let reason = object?.reason
        return APIError(
            code: code(status, reason: reason), httpStatus: status, reason: reason,
            message: message(status, object, request),
            retryAfter: RetryAfter.parse(headers.first("Retry-After"), now: now) ?? object?.retryAfter,
            subject: request.subject)
    }

    /// The error that a transfer without an answer means.
    static func error(_ error: HTTPClientError, to request: APIRequest) -> APIError {
        let code: APIError.Code =
            switch error.code {
            case .nameNotResolved, .connectFailed, .connectTimedOut, .proxyFailed, .connectionLost, .transferFailed, .tlsFailed:
                .unreachable
            case .timedOut, .idleTimedOut: .timeout
            case .protocolError, .headTooLarge, .bodyTooLarge, .redirectRefused: .badResponse
            case .invalidConfiguration, .invalidRequest, .uploadFailed: .configuration
            case .cancelled: .cancelled
            case .shutDown: .closed
            }
        return APIError(code: code, message: error.description.oneLine, subject: request.subject)
    }

    /// What a status means; the reason decides where one status has several.
    static func code(_ status: Int, reason: String?) -> APIError.Code {
        switch status {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: .gone
        case 422: .invalid
        case 429: .tooManyRequests
        case 504: .timeout
        case 400...499: .badRequest
        case 500...599: .serverError
        default: .badResponse  // a redirect, or no status of HTTP
        }
    }

    private static func message(_ status: Int, _ object: APIStatus?, _ request: APIRequest) -> String {
        // The server's complaint about JSON quotes what it could not read.
        if request.holdsSecrets, status == 400 || status == 415 {
            return "the API server cannot read the object; its words are withheld, since they may quote the Secret"
        }
        if let words = object?.message, !words.isEmpty { return words.oneLine }
        return "the API server answered with status \(status) and no message"
    }
}

extension APIRequest {
    /// Whether the body holds the content of a Secret.
    var holdsSecrets: Bool { body != nil && method != .delete && path.contains("/secrets") }
}
