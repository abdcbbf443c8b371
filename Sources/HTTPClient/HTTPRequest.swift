/// A request to an `http` or `https` URL.
public struct HTTPRequest: Sendable {
    /// What is sent after the head.
    public enum Body: Sendable {
        /// Nothing. POST, PUT and PATCH then say `Content-Length: 0`.
        case none
        /// These bytes.
        case bytes([UInt8])
        /// Bytes that are produced while they are sent.
        case stream(HTTPUpload)
    }

    /// The method, such as `GET`. A token of RFC 9110 §9.1; CONNECT is refused.
    public var method: String
    /// An absolute `http` or `https` URL in ASCII (percent-encoded, A-labels). It is sent as it stands; a fragment is dropped.
    public var url: String
    /// Header fields. `Content-Length`, `Connection` and other fields that frame the message are refused; `Host` and
    /// `User-Agent` replace the usual ones.
    public var headers: HTTPFields
    /// What is sent after the head.
    public var body: Body
    /// Timeouts of this request, or nil for those of the client.
    public var timeouts: HTTPTimeouts?
    /// How many redirects are followed; 0, the default, makes a redirect an ordinary answer. At most 20, GET and HEAD only. To another
    /// origin, `Authorization`, `Cookie` and the URL's user information are left out; from https to http none is followed.
    public var redirectsMax: Int
    /// Whether the URL's path is a secret, as a chat service's webhook URL is. Errors then name only the origin.
    public var hasSecretPath: Bool

    /// Makes a request; it is checked when it is sent.
    public init(
        method: String = "GET",
        url: String,
        headers: HTTPFields = [:],
        body: Body = .none,
        timeouts: HTTPTimeouts? = nil,
        redirectsMax: Int = 0,
        hasSecretPath: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.redirectsMax = redirectsMax
        self.hasSecretPath = hasSecretPath
    }
}
