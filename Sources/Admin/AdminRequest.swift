/// A request to the admin API, as a handler sees it: a question, or, after ``AdminAccess`` had nothing against it, an operation.
public struct AdminRequest: Sendable {
    /// What is asked for.
    public enum Method: Sendable, Hashable {
        /// GET or HEAD: changes nothing.
        case get
        /// POST: may change something.
        case post
    }

    /// What is asked for.
    public let method: Method
    /// The path without the query, as sent.
    public let path: String
    /// The raw query, without `?`; empty when there is none.
    public let query: String
    /// The value of `Accept`, or nil.
    public let accept: String?
    /// The value of `If-None-Match`, or nil. RFC 9110 §13.1.2.
    public let ifNoneMatch: String?
    /// The value of `Last-Event-ID`, or nil: where a stream of events broke off.
    public var lastEventID: String?
    /// Whether the browser has a session of the dashboard, which can be ended.
    public var hasSession = false
    /// The content of a POST, at most ``AdminLimits/bodyBytesMax``.
    public let body: [UInt8]

    /// Makes a request that came another way than over HTTP.
    public init(method: Method, path: String, query: String = "", accept: String? = nil, ifNoneMatch: String? = nil, body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.accept = accept
        self.ifNoneMatch = ifNoneMatch
        self.body = body
    }

    /// The first value of a query parameter, percent-decoded; nil when it is absent or its encoding is broken.
    public func parameter(_ name: String) -> String? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == name else { continue }
            return AdminRequest.percentDecoded(parts[1])
        }
        return nil
    }

    /// A part of a path or a query, decoded; nil when its encoding is broken.
    public static func percentDecoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
