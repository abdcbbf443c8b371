internal import CCurl

/// An absolute `http` or `https` URL, taken apart by libcurl's own parser, so that what is checked is what is used. RFC 3986.
struct RequestURL: Hashable, Sendable {
    /// Scheme, host and port: what a connection, a limit and a credential belong to. RFC 6454 §4.
    struct Origin: Hashable, Sendable {
        let scheme: String
        /// Lower case; an IPv6 address without its brackets.
        let host: String
        let port: Int
    }

    /// The URL as it goes to libcurl, without a fragment.
    let text: String
    let origin: Origin
    /// Scheme, authority as given without user information, and path.
    let withoutSecrets: String
    /// Scheme and authority alone.
    let originText: String
    /// Host and, unless it is the scheme's own, port, as in a `Host` field.
    let authority: String

    /// Checks a URL.
    ///
    /// - Throws: `.invalidRequest`, in words that do not repeat the URL.
    init(parsing text: String) throws(HTTPClientError.Code) {
        guard text.utf8.count <= Limits.urlBytesMax else { throw .invalidRequest("the URL has more than \(Limits.urlBytesMax) bytes") }
        // A space or a line break would end the request line, a NUL the C string; RFC 3986 §2 has none of them.
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalidRequest("the URL has a byte that is not printable ASCII")
        }
        // libcurl also takes one slash or three; what looks like another host to other readers is refused.
        guard let authority = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }).map({ text.dropFirst($0.count) }),
            !authority.isEmpty, !authority.hasPrefix("/")
        else { throw .invalidRequest("the URL does not start with http:// or https:// and a host") }
        try self.init(parser: URLParser(text))
    }

    /// Resolves a `Location` against this URL. RFC 3986 §5.
    ///
    /// User information that comes with it is dropped; ours stays with our origin.
    func resolving(_ location: String) throws(HTTPClientError.Code) -> RequestURL {
        guard location.utf8.count <= Limits.urlBytesMax, location.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .redirectRefused("the Location is too long or has a byte that is not printable ASCII")
        }
        let parser = try URLParser(text)
        let user = parser.part(CURLUPART_USER)
        let password = parser.part(CURLUPART_PASSWORD)
        guard parser.set(CURLUPART_URL, location) else { throw .redirectRefused("the Location is not a URL") }
        let target: RequestURL
        do {
            parser.clear(CURLUPART_USER)
            parser.clear(CURLUPART_PASSWORD)
            target = try RequestURL(parser: parser)
        } catch {
            throw .redirectRefused("the Location is not an http or https URL")
        }
        guard target.origin == origin, user != nil || password != nil else { return target }
        if let user { _ = parser.set(CURLUPART_USER, user) }
        if let password { _ = parser.set(CURLUPART_PASSWORD, password) }
        return try RequestURL(parser: parser)
    }

    /// The URL with another host; nil when libcurl does not take that for one.
    func text(replacingHost host: String) -> String? {
        guard let parser = try? URLParser(text), parser.set(CURLUPART_HOST, host.contains(":") ? "[\(host)]" : host) else { return nil }
        return parser.part(CURLUPART_URL)
    }

    private init(parser: borrowing URLParser) throws(HTTPClientError.Code) {
        guard let scheme = parser.part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https" else {
            throw .invalidRequest("the URL's scheme is not http or https")
        }
        guard let authority = parser.part(CURLUPART_HOST), !authority.isEmpty,
            let port = parser.part(CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) }), (1...65_535).contains(port)
        else { throw .invalidRequest("the URL has no usable host and port") }
        parser.clear(CURLUPART_FRAGMENT)
        guard let text = parser.part(CURLUPART_URL) else { throw .invalidRequest("the URL cannot be read") }
        let host = authority.hasPrefix("[") ? String(authority.dropFirst().dropLast()) : authority
        self.text = text
        origin = Origin(scheme: scheme, host: host.lowercased(), port: port)
        let isDefaultPort = port == (scheme == "https" ? 443 : 80)
        self.authority = authority + (isDefaultPort ? "" : ":\(port)")
        originText = "\(scheme)://\(self.authority)"
        withoutSecrets = originText + (parser.part(CURLUPART_PATH) ?? "/")
    }
}

/// Owns one URL handle of libcurl.
@safe struct URLParser: ~Copyable {
    /// Nil without memory; every function of libcurl then fails like for a bad URL.
    private let handle: OpaquePointer?

    /// Parses an absolute URL; dot segments stay.
    init(_ text: String) throws(HTTPClientError.Code) {
        unsafe handle = curl_url()
        guard set(CURLUPART_URL, text) else { throw .invalidRequest("the URL is not absolute, or is malformed") }
    }

    deinit { unsafe curl_url_cleanup(handle) }

    /// Replaces a part; a relative URL is resolved against the one there is.
    func set(_ part: CURLUPart, _ value: String) -> Bool {
        let flags = UInt32(CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME)
        return unsafe curl_url_set(handle, part, value, flags) == CURLUE_OK
    }

    /// Removes a part.
    func clear(_ part: CURLUPart) {
        // Clearing cannot fail: libcurl only frees the string.
        _ = unsafe curl_url_set(handle, part, nil, 0)
    }

    /// A part as it stands in the URL, or nil when there is none.
    func part(_ part: CURLUPart, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
