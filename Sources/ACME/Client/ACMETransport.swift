/// Carries one ACME request to the CA and its answer back. This module opens no sockets; HTTPClient or a fake CA stands behind it.
///
/// An implementation follows no redirects, verifies TLS, and answers every complete HTTP response, whatever its status.
public protocol ACMETransport: Sendable {
    /// Sends one request.
    ///
    /// - Throws: ``ACMETransportError`` when no complete answer arrived, including one with a body of more than
    ///   ``ACMEHTTPRequest/bodyBytesMax`` bytes.
    func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse
}

/// One request to the CA. RFC 8555 §6.
public struct ACMEHTTPRequest: Sendable, Hashable {
    /// The methods that ACME uses.
    public enum Method: String, Sendable {
        /// The directory.
        case get = "GET"
        /// newNonce.
        case head = "HEAD"
        /// Everything else.
        case post = "POST"
    }

    /// The method.
    public let method: Method
    /// An absolute URL that ``URLPolicy`` accepted.
    public let url: String
    /// The value of `Accept`, or nil.
    public let accept: String?
    /// The value of `Content-Type`, nil without a body.
    public let contentType: String?
    /// The body; empty for GET and HEAD.
    public let body: [UInt8]
    /// The most bytes that the answer's body may have.
    public let bodyBytesMax: Int

    /// A request from its parts.
    public init(
        method: Method, url: String, accept: String? = nil, contentType: String? = nil, body: [UInt8] = [],
        bodyBytesMax: Int = ACMELimits.jsonBytesMax
    ) {
        self.method = method
        self.url = url
        self.accept = accept
        self.contentType = contentType
        self.body = body
        self.bodyBytesMax = bodyBytesMax
    }
}

/// One complete answer of the CA.
public struct ACMEHTTPResponse: Sendable {
    /// 100...599.
    public let status: Int
    /// The fields in order, one entry per line.
    public let headers: [(name: String, value: String)]
    /// The body without transfer or content coding.
    public let body: [UInt8]

    /// An answer from its parts.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first field of this name, in any case, or nil.
    public func header(_ name: String) -> String? { headerLines(name).first }

    /// The values of all fields of this name, in any case.
    public func headerLines(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return headers.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// The media type of the body in lower case without parameters, or nil.
    var mediaType: String? {
        header("Content-Type")?.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " && $0 != "\t" } }
    }
}

/// No complete answer arrived. The request may have taken effect all the same.
public struct ACMETransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What has to happen before another try can help.
    public enum Kind: Sendable, Hashable {
        /// Nothing: connection refused, reset, timed out, name not found.
        case temporary
        /// Somebody must change something: certificate not trusted, unusable URL or proxy.
        case permanent
        /// The answer's body exceeds the limit of the request.
        case tooLarge
        /// The task was cancelled.
        case cancelled
    }

    /// What has to happen before another try can help.
    public let kind: Kind
    /// What happened, lower case, such as `connect to ca.example: connection refused`.
    public let message: String

    /// An error from its parts.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
