/// Why there is no answer. Never holds header values, bodies, queries, user information or a proxy's password.
public struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public enum Code: Error, Hashable, Sendable {
        /// The configuration cannot work: a URL of a proxy, a CA bundle, a missing key. Says which.
        case invalidConfiguration(String)
        /// The request must not or cannot be sent: a bad URL, method or header, line breaks in any of them.
        case invalidRequest(String)
        /// The host has no address, or its name servers do not answer.
        case nameNotResolved(host: String)
        /// No address of the host accepted a TCP connection. libcurl's words.
        case connectFailed(String)
        /// Not connected in this time.
        case connectTimedOut(Duration)
        /// Not answered in this time, counted from the call.
        case timedOut(Duration)
        /// No byte in either direction for this time.
        case idleTimedOut(Duration)
        /// The TLS handshake failed or the certificate is not trusted. OpenSSL's words.
        case tlsFailed(String)
        /// The proxy could not be reached or would not connect us.
        case proxyFailed(String)
        /// The answer is not HTTP.
        case protocolError(String)
        /// The peer closed the connection before the end of the answer.
        case connectionLost(String)
        /// More bytes of header fields (interim answers, head and trailers together) than this client takes, 64 KiB.
        case headTooLarge(limitBytes: Int)
        /// More body bytes than the caller allowed.
        case bodyTooLarge(limitBytes: Int)
        /// More redirects than the request allowed, or one that must not be followed.
        case redirectRefused(String)
        /// The producer of the request body failed, or produced another length than it declared.
        case uploadFailed(String)
        /// The task was cancelled, or the stream dropped.
        case cancelled
        /// The client was shut down.
        case shutDown
        /// Another failure of libcurl: its code and words.
        case transferFailed(code: Int, words: String)
    }

    /// What happened.
    public let code: Code
    /// Method and URL without query, fragment and user information; or what part of the configuration.
    public let subject: String

    /// Makes an error, for fakes of code that handles one.
    public init(code: Code, subject: String) {
        self.code = code
        self.subject = subject
    }

    /// Whether the same request may succeed later without anybody changing anything: the network, the peer or its load are to blame.
    public var isTransient: Bool {
        switch code {
        case .nameNotResolved, .connectFailed, .connectTimedOut, .timedOut, .idleTimedOut, .proxyFailed, .connectionLost, .transferFailed:
            true
        case .invalidConfiguration, .invalidRequest, .tlsFailed, .protocolError, .headTooLarge, .bodyTooLarge, .redirectRefused,
            .uploadFailed, .cancelled, .shutDown:
            false
        }
    }

    /// One line for an operator.
    public var description: String { "\(subject): \(code.words)" }
}

extension HTTPClientError.Code {
    /// What happened, with the value and the limit.
    var words: String {
        switch self {
        case .invalidConfiguration(let words): "invalid configuration: \(words)"
        case .invalidRequest(let words): "invalid request: \(words)"
        case .nameNotResolved(let host): "no address found for \(host)"
        case .connectFailed(let words): "cannot connect: \(words)"
        case .connectTimedOut(let limit): "not connected within \(limit)"
        case .timedOut(let limit): "not complete within \(limit)"
        case .idleTimedOut(let limit): "no byte received or sent for \(limit)"
        case .tlsFailed(let words): "TLS failed: \(words)"
        case .proxyFailed(let words): "the proxy failed: \(words)"
        case .protocolError(let words): "not a valid HTTP answer: \(words)"
        case .connectionLost(let words): "connection lost before the end of the answer: \(words)"
        case .headTooLarge(let limit): "the answer has more than \(limit) bytes of header fields"
        case .bodyTooLarge(let limit): "the answer's body has more than \(limit) bytes"
        case .redirectRefused(let words): "redirect not followed: \(words)"
        case .uploadFailed(let words): "the request body could not be produced: \(words)"
        case .cancelled: "cancelled"
        case .shutDown: "the HTTP client is shut down"
        case .transferFailed(let code, let words): "transfer failed: \(words) (libcurl code \(code))"
        }
    }
}
