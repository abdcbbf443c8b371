/// Reads the header lines of an answer, as libcurl hands them over, one complete line at a time: interim heads, the final head, trailers.
/// RFC 9110 §15, RFC 9112 §4 and §5.
struct ResponseHead {
    /// What a line was.
    enum Event: Equatable {
        /// More of the head follows.
        case more
        /// The empty line of the final head.
        case complete
        /// A field after the body; counted and dropped.
        case trailer
    }

    private enum Place {
        case statusLine, fields, body
    }

    private var place = Place.statusLine
    private var bytes = 0
    /// The status of the head being read, or of the final one.
    private(set) var status = 0
    /// The fields of the head being read, or of the final one.
    private(set) var fields = HTTPFields()

    /// Whether the final head has been read.
    var isComplete: Bool { place == .body }

    /// The length that the head declares; nil without one.
    var contentLength: Int? { fields.first("Content-Length").flatMap { Int($0) } }

    /// Takes the next line with its line end.
    ///
    /// - Throws: `.headTooLarge` or `.protocolError`; then the transfer is aborted.
    mutating func take(_ line: Span<UInt8>) throws(HTTPClientError.Code) -> Event {
        bytes += line.count
        guard bytes <= Limits.headBytesMax else { throw .headTooLarge(limitBytes: Limits.headBytesMax) }
        let text = ResponseHead.text(of: line)
        switch place {
        case .statusLine:
            status = try ResponseHead.statusCode(in: text)
            fields = HTTPFields()
            place = .fields
            return .more
        case .fields:
            guard text.isEmpty else {
                try takeField(text)
                return .more
            }
            return try endHead()
        case .body:
            return .trailer
        }
    }

    private mutating func endHead() throws(HTTPClientError.Code) -> Event {
        // RFC 9110 §7.8: a server must not switch protocols that nobody asked to be switched; what follows is not HTTP.
        guard status != 101 else { throw .protocolError("status 101 without a request to upgrade") }
        guard status >= 200 else {
            place = .statusLine
            return .more
        }
        // RFC 9112 §6.3: different lengths make the end of the message, and so the next one, a matter of opinion.
        guard Set(fields.all("Content-Length")).count <= 1 else { throw .protocolError("several different Content-Length fields") }
        place = .body
        return .complete
    }

    private mutating func takeField(_ text: String) throws(HTTPClientError.Code) {
        if text.utf8.first == UInt8(ascii: " ") || text.utf8.first == UInt8(ascii: "\t") {
            // RFC 9112 §5.2: a user agent reads obsolete line folding as a space.
            return try fold(text)
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex else {
            throw .protocolError("header line without a name and a colon")
        }
        let value = text[text.utf8.index(after: colon)...]
        fields.append(String(text[..<colon]), ResponseHead.trimmed(value))
    }

    private mutating func fold(_ text: String) throws(HTTPClientError.Code) {
        guard let last = fields.last else { throw .protocolError("folded line before the first header field") }
        fields.replaceLast(with: HTTPFields.Field(name: last.name, value: last.value + " " + ResponseHead.trimmed(text[...])))
    }

    /// The three digits of `HTTP/1.1 200 OK` or `HTTP/2 200`. RFC 9112 §4.
    private static func statusCode(in line: String) throws(HTTPClientError.Code) -> Int {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/"), parts[1].utf8.count == 3,
            let status = Int(parts[1]), (100...999).contains(status)
        else { throw .protocolError("status line \"\(line.printable)\"") }
        return status
    }

    private static func text(of line: Span<UInt8>) -> String {
        var end = line.count
        while end > 0, line[end - 1] == UInt8(ascii: "\n") || line[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let bytes = line.extracting(first: end)
        return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let start = text.utf8.firstIndex { !isBlank($0) } ?? text.endIndex
        let end = text.utf8.lastIndex { !isBlank($0) }.map { text.utf8.index(after: $0) } ?? start
        return String(text[start..<max(start, end)])
    }
}
