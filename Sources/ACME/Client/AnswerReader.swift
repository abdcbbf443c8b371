internal import FoundationEssentials

/// Turns answers of the CA into values or errors. Foreign bytes come in here and nowhere else.
enum AnswerReader {
    /// The JSON object of a successful answer.
    static func object<T: Decodable>(_ type: T.Type, in response: ACMEHTTPResponse, subject: String) throws(ACMEError) -> T {
        // A missing type is tolerated; a wrong one says more than the JSON parser would: a portal or a proxy answered.
        if let mediaType = response.mediaType, mediaType != "application/json" {
            throw .malformed(subject, "expected application/json, got \(mediaType): \(excerpt(response.body))", status: response.status)
        }
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw .malformed(subject, "the answer of \(response.body.count) bytes is unusable: \(why(error))", status: response.status)
        }
    }

    /// The error that an answer means, or nil for a success.
    static func refusal(in response: ACMEHTTPResponse, subject: String, bodyBytesMax: Int, now: Date) -> ACMEError? {
        guard response.body.count <= bodyBytesMax else {
            return .malformed(subject, "the answer exceeds \(bodyBytesMax) bytes", status: response.status)
        }
        guard !(200...299).contains(response.status) else { return nil }
        let problem = problem(in: response)
        let (code, fault) = classify(status: response.status, problem: problem)
        var reason = "the CA answered \(response.status)"
        if problem == nil, !response.body.isEmpty { reason += " without a problem document: \(excerpt(response.body))" }
        return ACMEError(
            code, fault: fault, subject: subject, reason: reason, status: response.status,
            retryAfter: response.header("Retry-After").flatMap { Timestamp.retryAfter($0, now: now) }, problem: problem)
    }

    /// The error for a request without a complete answer.
    static func error(for error: ACMETransportError, subject: String, bodyBytesMax: Int) -> ACMEError {
        switch error.kind {
        case .temporary: ACMEError(.network, fault: .network, subject: subject, reason: error.message)
        case .permanent: ACMEError(.network, fault: .configuration, subject: subject, reason: error.message)
        case .tooLarge: .malformed(subject, "the answer exceeds \(bodyBytesMax) bytes")
        case .cancelled: .cancelled(subject)
        }
    }

    /// The problem document of an error answer. The media type is not asked for: several CAs send `application/json`.
    private static func problem(in response: ACMEHTTPResponse) -> Problem? {
        guard response.mediaType?.hasSuffix("json") ?? true else { return nil }
        return try? JSONDecoder().decode(Problem.self, from: Data(response.body))
    }

    /// Who has to act on a problem that came inside of an object.
    static func fault(of problem: Problem) -> ACMEError.Fault { classify(status: 400, problem: problem).1 }

    private static func classify(status: Int, problem: Problem?) -> (ACMEError.Code, ACMEError.Fault) {
        switch problem?.acmeType {
        case "rateLimited": return (.rateLimited, .certificateAuthority)
        case "accountDoesNotExist": return (.accountDoesNotExist, .certificateAuthority)
        case "userActionRequired": return (.userActionRequired, .configuration)
        case "externalAccountRequired": return (.externalAccountRequired, .configuration)
        case "rejectedIdentifier", "unsupportedIdentifier", "caa", "dns", "connection", "tls", "unsupportedContact", "invalidContact",
            "unauthorized", "invalidProfile":
            return (.refused, .configuration)
        default: break
        }
        switch status {
        case 429: return (.rateLimited, .certificateAuthority)
        case 500...599: return (.serverError, .certificateAuthority)
        case 400...499: return (.refused, .certificateAuthority)
        // A redirect or an interim status has no meaning in ACME.
        default: return (.malformedAnswer, .certificateAuthority)
        }
    }

    /// The start of a body that is no JSON, so that an operator recognises a proxy's error page.
    private static func excerpt(_ body: [UInt8]) -> String {
        // Four bytes at most per character.
        let text = String(decoding: body.prefix(4 * ACMELimits.excerptCharactersMax), as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let shown = words.prefix(ACMELimits.excerptCharactersMax)
        return "\"\(shown)\(shown.endIndex < words.endIndex || text.utf8.count < body.count ? "…" : "")\""
    }

    private static func why(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + ": "
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context): place(context.codingPath) + "\(key.stringValue) is missing"
        case DecodingError.typeMismatch(_, let context): place(context.codingPath) + "of another type than expected"
        case DecodingError.valueNotFound(_, let context): place(context.codingPath) + "null where a value is expected"
        case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty: "not JSON"
        case DecodingError.dataCorrupted(let context): place(context.codingPath) + context.debugDescription
        default: "\(error)"
        }
    }
}
