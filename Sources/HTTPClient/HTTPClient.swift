/// HTTP/1.1 and HTTP/2 over libcurl, with one thread (`certctl-http`) per client, on which every callback of libcurl runs.
///
/// Connections are kept and reused; HTTP/2 is spoken where it is offered, with one request at a time on a connection. Certificates are
/// always checked unless the configuration says otherwise. No cookies, no content coding, no authentication beyond the fields given and
/// user information in the URL. A request whose kept connection turns out to be closed before a byte of the answer is sent once more on a
/// new one, whatever its method.
public final class HTTPClient: Sendable {
    /// What all requests share.
    public let configuration: Configuration
    private let proxies: ProxyRules
    let engine: TransferEngine

    /// Makes a client and starts its thread.
    ///
    /// - Throws: ``HTTPClientError`` with `.invalidConfiguration`.
    public init(_ configuration: Configuration = Configuration()) throws(HTTPClientError) {
        do throws(HTTPClientError.Code) {
            try configuration.check()
            proxies = try ProxyRules(configuration.proxy)
            engine = try TransferEngine(configuration)
        } catch {
            throw HTTPClientError(code: error, subject: "HTTP client")
        }
        self.configuration = configuration
    }

    /// Ends the thread without waiting for it. Nothing is in flight any more: requests and streams hold their client.
    deinit { engine.abandon() }

    /// Sends a request and collects the answer. Cancelling the task closes the connection.
    ///
    /// - Parameter bodyBytesMax: the largest body to accept; one byte more fails with `.bodyTooLarge`.
    /// - Returns: the answer, whatever its status.
    public func send(_ request: HTTPRequest, bodyBytesMax: Int) async throws(HTTPClientError) -> HTTPResponse {
        let startedAt = Transfer.Clock.now
        var hop = request
        var followed = 0
        while true {
            let prepared = try prepare(hop)
            let outcome = Outcome<Result<HTTPResponse, HTTPClientError>>()
            let transfer = Transfer(prepared, sink: .collected(outcome, bodyBytesMax: bodyBytesMax), startedAt: startedAt)
            let response = try await run(transfer, until: outcome).get()
            guard let next = try redirect(prepared, response.status, response.headers, hop, followed) else { return response }
            hop = next
            followed += 1
        }
    }

    /// Sends a request and returns once the head of the answer is there. Cancelling the task until then closes the connection.
    ///
    /// Streams go over HTTP/1.1 on connections of their own, so that one that is not read holds up no other request.
    ///
    /// - Returns: the head, and the body as a sequence that holds the peer back while it is not read.
    public func stream(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPStream {
        let startedAt = Transfer.Clock.now
        var hop = request
        var followed = 0
        while true {
            let prepared = try prepare(hop)
            let outcome = Outcome<Result<ResponseHead, HTTPClientError>>()
            let pipe = BodyPipe()
            let transfer = Transfer(prepared, sink: .streamed(outcome, pipe), startedAt: startedAt)
            let head = try await run(transfer, until: outcome).get()
            let stream = HTTPStream(head: head, pipe: pipe, transfer: transfer, engine: engine, client: self)
            guard let next = try redirect(prepared, head.status, head.fields, hop, followed) else { return stream }
            stream.cancel()
            hop = next
            followed += 1
        }
    }

    /// Fails every request in flight with `.shutDown`, closes all connections and ends the thread. Later requests fail likewise.
    public func shutdown() async { await engine.stop() }

    private func prepare(_ request: HTTPRequest) throws(HTTPClientError) -> PreparedRequest {
        try PreparedRequest(
            request, timeouts: request.timeouts ?? configuration.timeouts, proxies: proxies,
            addressRule: configuration.publicAddressesOnly ? AddressRule(networks: configuration.allowedNetworks) : nil)
    }

    private func run<Value>(_ transfer: Transfer, until outcome: Outcome<Value>) async -> Value {
        await withTaskCancellationHandler {
            engine.start(transfer)
            return await outcome.wait()
        } onCancel: {
            engine.cancel(transfer)
        }
    }

    private func redirect(
        _ prepared: PreparedRequest, _ status: Int, _ fields: HTTPFields, _ request: HTTPRequest, _ followed: Int
    ) throws(HTTPClientError) -> HTTPRequest? {
        do throws(HTTPClientError.Code) {
            return try Redirect.next(after: status, fields, to: request, followed: followed)
        } catch {
            throw HTTPClientError(code: error, subject: prepared.subject)
        }
    }
}
