internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Logging
internal import Manifests

/// Calls of a provider's HTTP API: bounded answers, errors without credentials, waits when the provider asks for them.
struct ProviderAPI: Sendable {
    /// The provider, for errors.
    let name: String
    let context: DNSProviderContext
    /// What must never be shown, should a provider repeat it in an error.
    let secrets: [SecretText]

    /// One answer of status 200...299, or 404, which the callers tell from a failure.
    struct Answer {
        let status: Int
        let body: [UInt8]

        var isMissing: Bool { status == 404 }
    }

    /// Sends one request.
    ///
    /// - Parameter words: the provider's own words in the body of an error.
    /// - Throws: `.refused` for 401 and 403, `.unavailable` for 429 and 5xx, `.answer` for every other status beyond 299 but 404.
    func send(
        _ request: HTTPRequest, _ subject: String, words: ([UInt8]) -> String?
    ) async throws(DNSProviderError) -> Answer {
        let response = try await exchange(request, subject)
        switch response.status {
        case 200...299, 404: return Answer(status: response.status, body: response.body)
        default: throw error(subject, response, words(response.body))
        }
    }

    /// Sends one request and takes any status.
    func exchange(_ request: HTTPRequest, _ subject: String) async throws(DNSProviderError) -> HTTPResponse {
        var request = request
        request.timeouts = HTTPTimeouts(
            connect: min(.seconds(10), context.requestTimeout), total: context.requestTimeout, idle: context.requestTimeout)
        do {
            return try await context.http.send(request, bodyBytesMax: DNSProvidersLimits.answerBytesMax)
        } catch {
            if error.code == .cancelled { throw DNSProviderError(.cancelled, self.subject(subject)) }
            throw DNSProviderError(.transport(error), self.subject(subject))
        }
    }

    /// The error that an answer amounts to.
    func error(_ subject: String, _ response: HTTPResponse, _ words: String?) -> DNSProviderError {
        let status = "the API answered \(response.status)"
        let said = words.map { "\(status): \(shown($0))" } ?? status
        let code: DNSProviderError.Code =
            switch response.status {
            case 401, 403: .refused(said)
            case 429, 500...599: .unavailable(said, retryAfter: ProviderAPI.retryAfter(response))
            default: .answer(said)
            }
        return DNSProviderError(code, self.subject(subject))
    }

    /// Foreign words, fit to be shown: one line, cut, without our credentials.
    func shown(_ words: String) -> String {
        var words = words
        for secret in secrets where !secret.text.isEmpty { words = words.replacing(secret.text, with: "<redacted>") }
        return words.oneLine(bytesMax: DNSProvidersLimits.wordsBytesMax)
    }

    /// An error about an answer that was understood as HTTP.
    func malformed(_ subject: String, _ words: String) -> DNSProviderError {
        DNSProviderError(.answer("the API's answer \(words)"), self.subject(subject))
    }

    /// What an error is about.
    func subject(_ subject: String) -> String { "\(name), \(subject)" }

    /// Does something that may be repeated, again after a wait when the provider had too much to do or did not answer.
    ///
    /// - Throws: the last error; at once when the provider asks for a longer wait than a challenge can bear.
    func attempts<Value: Sendable>(
        _ body: () async throws(DNSProviderError) -> Value
    ) async throws(DNSProviderError) -> Value {
        var wait = DNSProvidersLimits.attemptWait
        for _ in 1..<DNSProvidersLimits.attemptsMax {
            do {
                return try await body()
            } catch {
                let asked: Duration?
                switch error.code {
                case .unavailable(_, let retryAfter): asked = retryAfter
                case .transport(let cause) where cause.isTransient: asked = nil
                default: throw error
                }
                let next = max(asked ?? wait, .zero)
                guard next <= DNSProvidersLimits.attemptWaitMax else { throw error }
                context.logger.info("a DNS provider is asked again", metadata: ["pause": "\(next)", "error": "\(error)"])
                try await sleep(next, error.subject)
                wait = min(wait * 2, DNSProvidersLimits.attemptWaitMax)
            }
        }
        return try await body()
    }

    /// The zone to clean up in; nil when there is none any more, and so nothing to clean up.
    func zoneIfAny<Zone: Sendable>(
        _ find: () async throws(DNSProviderError) -> Zone
    ) async throws(DNSProviderError) -> Zone? {
        do { return try await attempts(find) } catch {
            if case .zoneNotFound = error.code { return nil }
            throw error
        }
    }

    /// Waits on the context's clock.
    func sleep(_ duration: Duration, _ subject: String) async throws(DNSProviderError) {
        do {
            try await context.time.sleep(for: duration)
        } catch {
            throw DNSProviderError(.cancelled, subject)
        }
    }

    /// Seconds of a `Retry-After`; nil for none and for the other form, a date, which none of these APIs sends.
    private static func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let text = response.headers.first("Retry-After"), let seconds = Int(text), (0...86_400).contains(seconds) else { return nil }
        return .seconds(seconds)
    }
}

extension ProviderAPI {
    /// The object that a JSON answer is.
    func object(_ body: [UInt8], _ subject: String) throws(DNSProviderError) -> Node {
        guard let object = ManifestReader.object(json: body) else { throw malformed(subject, "is not a JSON object") }
        return object
    }

    /// A name or an identifier as part of a URL's path or query: everything but unreserved characters encoded (RFC 3986 §2.3).
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }

    /// Whether foreign text can stand for an identifier in a path: letters, digits, hyphens and underscores.
    static func isIdentifier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The value of a TXT record without the quotes around its one character-string, as some APIs show it.
    static func unquoted(_ text: String) -> Substring {
        text.utf8.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : Substring(text)
    }

    /// The name and its parents with at least two labels, the longest first: where a zone may begin.
    static func zoneCandidates(_ name: String) -> [String] {
        let labels = name.split(separator: ".")
        guard labels.count >= 2 else { return [name] }
        return (0...(labels.count - 2)).map { labels[$0...].joined(separator: ".") }
    }
}
