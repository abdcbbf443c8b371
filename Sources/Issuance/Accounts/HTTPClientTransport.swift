public import ACME
public import HTTPClient

/// Carries ACME requests over ``HTTPClient``.
public struct HTTPClientTransport: ACMETransport {
    private let client: HTTPClient

    /// Sends through this client; whoever made it shuts it down.
    public init(_ client: HTTPClient) { self.client = client }

    /// Sends one request. No redirect is followed: RFC 8555 knows none, and a signed request is bound to its URL (§6.4).
    public func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
        var headers = HTTPFields()
        if let accept = request.accept { headers.append("Accept", accept) }
        if let contentType = request.contentType { headers.append("Content-Type", contentType) }
        do {
            let response = try await client.send(
                HTTPRequest(
                    method: request.method.rawValue, url: request.url, headers: headers,
                    body: request.method == .post ? .bytes(request.body) : .none),
                bodyBytesMax: request.bodyBytesMax)
            return ACMEHTTPResponse(
                status: response.status, headers: response.headers.map { (name: $0.name, value: $0.value) }, body: response.body)
        } catch {
            throw ACMETransportError(Self.kind(of: error), "\(error)")
        }
    }

    private static func kind(of error: HTTPClientError) -> ACMETransportError.Kind {
        switch error.code {
        case .bodyTooLarge: .tooLarge
        case .cancelled: .cancelled
        // The client of an issuer that was edited is shut down under its requests; the next attempt gets the new one.
        case .shutDown: .temporary
        case .nameNotResolved, .connectFailed, .connectTimedOut, .timedOut, .idleTimedOut, .proxyFailed, .connectionLost,
            .transferFailed:
            .temporary
        case .invalidConfiguration, .invalidRequest, .tlsFailed, .protocolError, .headTooLarge, .redirectRefused, .uploadFailed:
            .permanent
        }
    }
}
