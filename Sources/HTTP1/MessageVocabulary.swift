/// A version of HTTP/1. RFC 9112 §2.3.
public enum ProtocolVersion: UInt8, Hashable, Sendable {
    /// `HTTP/1.0`.
    case http10
    /// `HTTP/1.1`.
    case http11
}

/// A request method. Methods are case-sensitive. RFC 9110 §9, RFC 5789.
public enum Method: UInt8, Hashable, Sendable {
    /// `GET`.
    case get
    /// `HEAD`: the answer has no body whatever its fields say.
    case head
    /// `POST`.
    case post
    /// `PUT`.
    case put
    /// `DELETE`.
    case delete
    /// `PATCH`.
    case patch
    /// `OPTIONS`.
    case options
    /// `TRACE`.
    case trace
    /// `CONNECT`, which a reverse proxy does not serve.
    case connect
    /// Any other token.
    case other

    /// Whether repeating the request has the effect of making it once. RFC 9110 §9.2.2. Decides about a second try upstream.
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }
}

/// The four forms of a request target. RFC 9112 §3.2.
public enum TargetForm: UInt8, Hashable, Sendable {
    /// `/path?query`.
    case origin
    /// `http://authority/path?query`; the authority replaces Host.
    case absolute
    /// `host:port`, with CONNECT only.
    case authority
    /// `*`, with OPTIONS only.
    case asterisk
}

/// How the end of a body is found. RFC 9112 §6.3.
public enum Framing: Hashable, Sendable {
    /// No body.
    case none
    /// Content-Length: exactly this many bytes.
    case length(UInt64)
    /// Transfer-Encoding: chunked.
    case chunked
    /// A response that ends with its connection.
    case untilClose
}

/// A switch of protocol that a request asks for. RFC 9110 §7.8.
public enum UpgradeRequest: UInt8, Hashable, Sendable {
    /// None, or one that is never passed on: `h2c`, a list, a request with a body, HTTP/1.0.
    case none
    /// `websocket`. RFC 6455 §4.1.
    case websocket
    /// One other protocol.
    case other
}

/// How far a parser came with the bytes it was shown.
public enum ParseProgress: Hashable, Sendable {
    /// All bytes are part of an unfinished message: call again with them and more behind them.
    case needsMore
    /// The head is complete.
    case complete
}
