internal import Core

/// A request that has been checked and put into libcurl's terms. There is no way to send one that has not been.
struct PreparedRequest: Sendable {
    let method: String
    let url: RequestURL
    /// Lines in libcurl's notation: `Name: value`, `Name;` for an empty value, `Name:` to leave out a field of libcurl's own.
    let headerLines: [String]
    let body: HTTPRequest.Body
    let timeouts: HTTPTimeouts
    /// The proxy's URL, never to be shown.
    let proxy: String?
    /// Which addresses are connected to; nil for all. Not those of a proxy, which is ours.
    let addressRule: AddressRule?
    /// What errors call this request.
    let subject: String

    /// Checks a request.
    ///
    /// - Throws: ``HTTPClientError`` with `.invalidRequest`.
    init(
        _ request: HTTPRequest, timeouts: HTTPTimeouts, proxies: ProxyRules, addressRule: AddressRule? = nil
    ) throws(HTTPClientError) {
        var subject = "request with an unreadable method or URL"
        do throws(HTTPClientError.Code) {
            method = try PreparedRequest.checkedMethod(request)
            url = try RequestURL(parsing: request.url)
            subject = "\(method) \(request.hasSecretPath ? url.originText : url.withoutSecrets)"
            headerLines = try PreparedRequest.headerLines(request)
            if let addressRule, let octets = IPAddressText.octets(of: url.origin.host), !addressRule.allows(octets) {
                throw .connectFailed("\(url.origin.host) is no public address")
            }
        } catch {
            throw HTTPClientError(code: error, subject: subject)
        }
        self.subject = subject
        body = request.body
        self.timeouts = timeouts
        let proxy = proxies.proxy(for: url.origin)
        self.proxy = proxy
        self.addressRule = proxy == nil ? addressRule : nil
    }

    /// Whether a body, maybe an empty one, belongs to the request. RFC 9110 §8.6: these methods say so even when it is empty.
    var hasBody: Bool {
        switch body {
        case .none: method == "POST" || method == "PUT" || method == "PATCH"
        case .bytes, .stream: true
        }
    }

    private static func checkedMethod(_ request: HTTPRequest) throws(HTTPClientError.Code) -> String {
        let method = request.method
        guard (1...Limits.methodBytesMax).contains(method.utf8.count), method.utf8.allSatisfy(isTokenByte) else {
            throw .invalidRequest("the method is not a token of 1 to \(Limits.methodBytesMax) bytes")
        }
        guard method != "CONNECT" else { throw .invalidRequest("CONNECT is for proxies") }
        if method == "HEAD" {
            guard case .none = request.body else { throw .invalidRequest("HEAD with a body") }
        }
        guard (0...Limits.redirectsMax).contains(request.redirectsMax) else {
            throw .invalidRequest("\(request.redirectsMax) redirects, allowed are 0 to \(Limits.redirectsMax)")
        }
        guard request.redirectsMax == 0 || method == "GET" || method == "HEAD" else {
            throw .invalidRequest("redirects are followed for GET and HEAD only")
        }
        return method
    }

    private static func headerLines(_ request: HTTPRequest) throws(HTTPClientError.Code) -> [String] {
        var lines: [String] = []
        var bytes = 0
        for field in request.headers {
            lines.append(try headerLine(field))
            bytes += field.name.utf8.count + field.value.utf8.count + 4
        }
        guard bytes <= Limits.requestHeadBytesMax else {
            throw .invalidRequest("header fields of \(bytes) bytes, allowed are \(Limits.requestHeadBytesMax)")
        }
        guard request.headers.all("Host").count <= 1 else { throw .invalidRequest("more than one Host") }
        // Of its own accord libcurl would wait for a "100 Continue" and call every body a form.
        lines.append("Expect:")
        if !request.headers.contains("Content-Type") { lines.append("Content-Type:") }
        return lines
    }

    private static func headerLine(_ field: HTTPFields.Field) throws(HTTPClientError.Code) -> String {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenByte) else {
            throw .invalidRequest("a header name is not a token")
        }
        guard !framing.contains(field.name.lowercased()) else {
            throw .invalidRequest("header \(field.name) is the client's to set")
        }
        // RFC 9110 §5.5: CR, LF and NUL are dangerous; the other controls are never needed.
        guard field.value.utf8.allSatisfy({ $0 == UInt8(ascii: "\t") || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw .invalidRequest("the value of header \(field.name) has a line break or another control character")
        }
        let value = field.value.drop { $0 == " " || $0 == "\t" }
        // "Name: " would make libcurl leave the field out; this is how it spells an empty one.
        return value.isEmpty ? field.name + ";" : "\(field.name): \(value)"
    }

    /// Fields that say where the message ends, belong to the connection or are for the proxy only. RFC 9110 §7.6.1, RFC 9112 §6.
    private static let framing: Set<String> = [
        "connection", "content-length", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    /// RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
