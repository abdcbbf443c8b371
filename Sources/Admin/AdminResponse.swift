public import FoundationEssentials

/// What the admin API answers.
public struct AdminResponse: Sendable {
    /// 200...599.
    public let status: Int
    /// The media type of ``body``.
    public let contentType: String
    /// The whole content.
    public let body: [UInt8]
    /// What this content is known by: who has it already need not get it again. RFC 9110 §8.8.3, in its quotes.
    public var etag: String?
    /// More fields than those that every answer has.
    public private(set) var headers: [(name: String, value: String)] = []
    /// What comes in place of ``body``, piece by piece.
    public private(set) var events: AdminEvents?

    init(status: Int, contentType: String, body: [UInt8], etag: String? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.etag = etag
    }

    /// An answer that goes on.
    public static func events(_ events: AdminEvents) -> AdminResponse {
        var response = AdminResponse(status: 200, contentType: "text/event-stream", body: [])
        response.events = events
        return response
    }

    /// The same with one field more.
    public func with(_ name: String, _ value: String) -> AdminResponse {
        var response = self
        response.headers.append((name, value))
        return response
    }

    /// Plain text, with a newline at its end.
    public static func text(_ status: Int, _ text: String) -> AdminResponse {
        AdminResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array((text + "\n").utf8))
    }

    /// Bytes of some type.
    public static func content(_ body: [UInt8], type: String) -> AdminResponse {
        AdminResponse(status: 200, contentType: type, body: body)
    }

    /// A value as JSON: sorted keys, RFC 3339 times.
    public static func json(_ value: some Encodable, status: Int = 200) -> AdminResponse {
        do {
            return AdminResponse(status: status, contentType: "application/json", body: Array(try AdminJSON.encoder().encode(value)))
        } catch {
            return .text(500, "the answer could not be written as JSON: \(error)")
        }
    }
}

/// How values cross the admin API; the command line reads with the same settings that the server writes with.
public enum AdminJSON {
    /// Sorted keys and indentation: the output is also what `-o json` prints, and people compare it.
    public static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    /// The counterpart of ``encoder()``.
    public static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}
