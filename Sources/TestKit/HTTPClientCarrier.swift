public import ACME
public import HTTPClient

/// Carries ACME requests over HTTPClient for tests of what lies below Issuance, which has the product's own.
public struct HTTPClientCarrier: ACMETransport {
    private let client: HTTPClient

    /// Sends through this client; whoever made it shuts it down.
    public init(_ client: HTTPClient) { self.client = client }

    /// Sends one request.
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
            let fields = response.headers.fields.map { (name: $0.name, value: $0.value) }
            return ACMEHTTPResponse(status: response.status, headers: fields, body: response.body)
        } catch {
            throw ACMETransportError(error.isTransient ? .temporary : .permanent, "\(error)")
        }
    }
}
