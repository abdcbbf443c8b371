internal import Core
internal import FoundationEssentials
internal import HTTPClient

/// What became of one request to a collector.
enum ExportOutcome: Equatable {
    /// It took all but so many spans, for this reason.
    case taken(refused: Int, words: String)
    /// It may take them later; sooner than this it need not be asked.
    case later(after: Duration?, String)
    /// It will never take them.
    case never(String)

    /// OTLP 1.x, "OTLP/HTTP Response": 429, 502, 503 and 504 may be tried again, everything else may not.
    init(_ response: HTTPResponse) {
        switch response.status {
        case 200..<300: self = Self.taken(response.body)
        case 429, 502, 503, 504:
            self = .later(after: response.headers.first("Retry-After").flatMap(Self.retryAfter), Self.words(response))
        default: self = .never(Self.words(response))
        }
    }

    init(_ error: HTTPClientError) {
        self = error.isTransient || Self.mayHeal(error.code) ? .later(after: nil, "\(error)") : .never("\(error)")
    }

    /// A certificate that is not trusted, or a wrong port, is a fault that somebody mends while we go on. What was cancelled is sent when the
    /// program ends.
    private static func mayHeal(_ code: HTTPClientError.Code) -> Bool {
        switch code {
        case .tlsFailed, .protocolError, .cancelled: true
        default: false
        }
    }

    private static func words(_ response: HTTPResponse) -> String {
        let body = String(decoding: response.body.prefix(TraceExportLimits.answerShownBytesMax), as: UTF8.self)
            .oneLine(bytesMax: TraceExportLimits.answerShownBytesMax)
        return "it answered \(response.status)" + (body.isEmpty ? "" : ": \(body)")
    }

    private struct Answer: Decodable {
        struct Partial: Decodable {
            let rejectedSpans: Number?
            let errorMessage: String?
        }
        let partialSuccess: Partial?
    }

    /// A 64-bit number is a string in this encoding, and some write it as a number.
    private struct Number: Decodable {
        let value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                value = Int(text) ?? 0
            } else {
                value = try container.decode(Int.self)
            }
        }
    }

    private static func taken(_ body: [UInt8]) -> ExportOutcome {
        let partial = try? JSONDecoder().decode(Answer.self, from: Data(body)).partialSuccess
        return .taken(
            refused: max(partial?.rejectedSpans?.value ?? 0, 0),
            words: (partial?.errorMessage ?? "").oneLine(bytesMax: TraceExportLimits.answerShownBytesMax))
    }

    /// Seconds. The other form of RFC 9110 §10.2.3, a date, is passed over: then our own ladder holds, which is short.
    private static func retryAfter(_ text: String) -> Duration? {
        guard let seconds = Int(text), seconds >= 0 else { return nil }
        return .seconds(min(seconds, Int(TraceExportLimits.retryMax.seconds)))
    }
}
