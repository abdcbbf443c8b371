/// A response of our own: an error, a redirect, a challenge. RFC 9110 §15.
public struct LocalAnswer: Sendable {
    /// `HTTP/1.1 100 Continue` with its empty line.
    public static let continueHead: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// 200...599.
    public var status: Int
    /// The body; not sent for HEAD, 204 and 304.
    public var body: [UInt8]
    /// `Content-Type`, sent with a body.
    public var contentType: StaticString
    /// More fields, such as `Location`, `Retry-After`, `Allow`.
    public var fields: FieldEdits

    /// Makes an answer.
    public init(
        status: Int, body: [UInt8], contentType: StaticString = "text/plain; charset=utf-8", fields: FieldEdits = FieldEdits()
    ) {
        precondition((200...599).contains(status), "status of a local answer is not final")
        self.status = status
        self.body = body
        self.contentType = contentType
        self.fields = fields
    }

    /// An answer whose body is its status and reason, as people read it: `404 Not Found`.
    public init(status: Int, fields: FieldEdits = FieldEdits()) {
        self.init(status: status, body: Array("\(status) \(ReasonPhrase.of(status))\n".utf8), fields: fields)
    }

    /// Room that ``write(isHEAD:version:keepAlive:date:into:)`` needs at most, in bytes.
    public var bytesMax: Int { 320 + body.count + contentType.utf8CodeUnitCount + fields.lines.count }

    /// Writes head and body.
    ///
    /// - Parameters:
    ///   - isHEAD: whether the request was HEAD.
    ///   - version: of the request.
    ///   - keepAlive: whether the connection is kept; else the answer says so.
    ///   - date: now.
    ///   - output: with room for ``bytesMax``.
    public func write(isHEAD: Bool, version: ProtocolVersion, keepAlive: Bool, date: HTTPDate, into output: inout OutputRawSpan) {
        output.write("HTTP/1.1 ")
        output.writeDecimal(UInt64(status))
        output.append(ASCII.space)
        output.write(ReasonPhrase.of(status))
        output.write("\r\n")
        output.write("Server: certctl\r\n")
        output.write(date.line)
        let hasBody = status != 204 && status != 304
        if hasBody {
            if !body.isEmpty {
                output.write("Content-Type: ")
                output.write(contentType)
                output.write("\r\n")
            }
            output.write("Content-Length: ")
            output.writeDecimal(UInt64(body.count))
            output.write("\r\n")
        }
        if !keepAlive {
            output.write("Connection: close\r\n")
        } else if version == .http10 {
            output.write("Connection: keep-alive\r\n")
        }
        output.write(fields.lines)
        output.write("\r\n")
        if hasBody, !isHEAD { output.write(body) }
    }
}
