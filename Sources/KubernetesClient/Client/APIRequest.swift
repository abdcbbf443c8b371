/// A request to the API server.
public struct APIRequest: Sendable {
    /// What is done; each is one method of HTTP.
    public enum Method: String, Sendable {
        /// Reads.
        case get = "GET"
        /// Creates.
        case post = "POST"
        /// Replaces.
        case put = "PUT"
        /// Changes or applies.
        case patch = "PATCH"
        /// Deletes.
        case delete = "DELETE"
    }

    /// The method.
    public var method: Method
    /// The path, percent-encoded, from the server's root.
    public var path: String
    /// Names and values, not encoded.
    public var query: [(name: String, value: String)]
    /// What is sent.
    public var body: [UInt8]?
    /// The media type of ``body``.
    public var contentType: String
    /// What errors call the request: `get secrets shop/web-tls`.
    public var subject: String
    /// Passes by the rate limit and goes over a connection of its own: for the lease, whose renewal must not wait behind a storm of writes
    /// or behind requests that hang.
    public var isUnlimited: Bool
    /// How often it is sent at most, the first time included.
    public var attemptsMax: Int
    /// How long one attempt may take; for a watch, until it is accepted.
    public var timeout: Duration
    /// For a watch: without a byte for this long it counts as dead. Bookmarks come each minute.
    public var idleTimeout: Duration
    /// Bytes of the answer. Beyond: `.badResponse`.
    public var responseBytesMax: Int

    /// Makes a request from parts.
    public init(
        method: Method = .get, path: String, query: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        contentType: String = MediaType.json, subject: String? = nil, isUnlimited: Bool = false,
        attemptsMax: Int = Limits.attemptsMax, timeout: Duration = Limits.requestTimeout,
        idleTimeout: Duration = Limits.watchIdleTimeout, responseBytesMax: Int = Limits.responseBytesMax
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.subject = subject ?? "\(method.rawValue) \(path)"
        self.isUnlimited = isUnlimited
        self.attemptsMax = attemptsMax
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.responseBytesMax = responseBytesMax
    }

    /// The media types of the API server's requests.
    public enum MediaType {
        /// Objects.
        public static let json = "application/json"
        /// RFC 7386.
        public static let mergePatch = "application/merge-patch+json"
        /// Server-side apply. JSON is YAML, and no server before 1.33 knows another name for it.
        public static let apply = "application/apply-patch+yaml"
    }
}
