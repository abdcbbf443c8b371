public import Core
internal import HTTPClient
public import Logging

/// Speaks to one API server: with the credentials of the moment, at a bounded rate, and again where that is safe.
///
/// Waiting for the rate, for a Retry-After and for the answer ends at once when the task is cancelled.
public final class APIClient: Sendable {
    /// Where the API server is.
    public let configuration: ClusterConfiguration
    private let connection: APIConnection
    private let limiter: RateLimiter
    private let time: any TimeSource
    private let logger: Logger

    /// Makes a client; nothing is read or connected before the first request.
    public init(
        _ configuration: ClusterConfiguration, limits: RateLimit = .standard, time: any TimeSource = SystemTime(), logger: Logger
    ) {
        self.configuration = configuration
        self.time = time
        self.logger = logger
        limiter = RateLimiter(limits, time: time)
        connection = APIConnection(configuration, time: time, logger: logger)
    }

    /// Sends a request and collects the answer.
    ///
    /// - Throws: every status but 2xx as an ``APIError``.
    public func send(_ request: APIRequest) async throws(APIError) -> APIResponse {
        let timeouts = HTTPTimeouts(connect: min(.seconds(10), request.timeout), total: request.timeout, idle: nil)
        return try await perform(request, timeouts) { client, http throws(HTTPClientError) in
            let response = try await client.send(http, bodyBytesMax: request.responseBytesMax)
            guard (200...299).contains(response.status) else {
                return .refused(response.status, response.headers, response.body)
            }
            return .accepted(APIResponse(status: response.status, headers: response.headers, body: response.body))
        }
    }

    /// Starts a watch and returns once the server has accepted it.
    public func watch(_ request: APIRequest) async throws(APIError) -> APIWatchStream {
        let timeouts = HTTPTimeouts(connect: min(.seconds(10), request.timeout), total: request.timeout, idle: request.idleTimeout)
        return try await perform(request, timeouts) { client, http throws(HTTPClientError) in
            let stream = try await client.stream(http)
            guard (200...299).contains(stream.status) else {
                return .refused(stream.status, stream.headers, try await APIClient.refusal(stream))
            }
            return .accepted(APIWatchStream(stream, request: request))
        }
    }

    /// The body of a refused watch; nothing when it is too long, so that the status still counts.
    private static func refusal(_ stream: HTTPStream) async throws(HTTPClientError) -> [UInt8] {
        do throws(HTTPClientError) {
            return try await stream.collect(bytesMax: Limits.statusBytesMax)
        } catch {
            if case .bodyTooLarge = error.code { return [] }
            throw error
        }
    }

    /// Fails every request and watch in flight with `.closed`, and later ones likewise.
    public func shutdown() async { await connection.shutdown() }

    private enum Exchange<Value: Sendable>: Sendable {
        case accepted(Value)
        case refused(Int, HTTPFields, [UInt8])
    }

    private func perform<Value: Sendable>(
        _ request: APIRequest, _ timeouts: HTTPTimeouts,
        _ exchange: (HTTPClient, HTTPRequest) async throws(HTTPClientError) -> Exchange<Value>
    ) async throws(APIError) -> Value {
        var schedule = RetrySchedule(request)
        var isRefreshed = false
        while true {
            try await takeTurn(request)
            let link = try await connection.link(for: request)
            try checkFence(request)
            let failure: Failure
            do throws(HTTPClientError) {
                switch try await exchange(link.client, http(request, link, timeouts)) {
                case .accepted(let value): return value
                case .refused(let status, let headers, let body):
                    failure = Failure(error: StatusReader.error(status, headers, body, to: request, now: time.now()), wasSent: true)
                }
            } catch {
                failure = Failure(error: StatusReader.error(error, to: request), wasSent: error.mayHaveSent)
            }
            if failure.error.code == .unauthorized, !isRefreshed, try await connection.refresh(after: link, for: request) {
                isRefreshed = true
                continue
            }
            try await pause(request, after: failure, &schedule)
        }
    }

    /// Right before sending, also after a wait or a pause: who sent the task here may have lost the right to meanwhile.
    private func checkFence(_ request: APIRequest) throws(APIError) {
        guard request.method != .get, let permission = Fencing.permission, !permission.isStanding else { return }
        throw APIError(code: .cancelled, message: "this process is not the leader any more", subject: request.subject)
    }

    private struct Failure {
        let error: APIError
        let wasSent: Bool
    }

    private func takeTurn(_ request: APIRequest) async throws(APIError) {
        guard !request.isUnlimited else { return }
        do throws(CancellationError) {
            try await limiter.wait()
        } catch {
            throw .cancelled(request)
        }
    }

    private func pause(_ request: APIRequest, after failure: Failure, _ schedule: inout RetrySchedule) async throws(APIError) {
        let jitter = Double.random(in: 0..<1)
        guard let pause = schedule.pause(after: failure.error, wasSent: failure.wasSent, jitter: jitter) else { throw failure.error }
        logger.debug("request to the API server is repeated", metadata: ["error": "\(failure.error)", "pause": "\(pause)"])
        do {
            try await time.sleep(for: pause)
        } catch {
            throw .cancelled(request)
        }
    }

    private func http(_ request: APIRequest, _ link: APIConnection.Link, _ timeouts: HTTPTimeouts) -> HTTPRequest {
        var url = configuration.server + request.path
        if !request.query.isEmpty {
            url +=
                "?" + request.query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }.joined(separator: "&")
        }
        var headers: HTTPFields = ["Accept": "application/json"]
        if request.body != nil { headers.append("Content-Type", request.contentType) }
        if let authorization = link.authorization { headers.append("Authorization", authorization) }
        return HTTPRequest(
            method: request.method.rawValue, url: url, headers: headers, body: request.body.map { .bytes($0) } ?? .none, timeouts: timeouts)
    }
}

extension APIError {
    static func cancelled(_ request: APIRequest) -> APIError {
        APIError(code: .cancelled, message: "cancelled", subject: request.subject)
    }
}

extension HTTPClientError {
    /// Whether the server may have got the request, as far as the failure tells.
    fileprivate var mayHaveSent: Bool {
        switch code {
        case .invalidConfiguration, .invalidRequest, .nameNotResolved, .connectFailed, .connectTimedOut, .proxyFailed, .tlsFailed,
            .shutDown:
            false
        case .timedOut, .idleTimedOut, .protocolError, .connectionLost, .headTooLarge, .bodyTooLarge, .redirectRefused, .uploadFailed,
            .cancelled, .transferFailed:
            true
        }
    }
}
