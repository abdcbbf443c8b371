internal import Core
public import HTTPClient

/// Why a record could not be written or removed. Never holds a credential, nor an answer's body beyond the provider's own words.
public struct DNSProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public enum Code: Hashable, Sendable {
        /// The issuer or one of its Secrets must be changed.
        case configuration(String)
        /// The provider does not accept the credentials, or they do not allow this (401, 403).
        case refused(String)
        /// The provider has no zone for the name, or none that the credentials show.
        case zoneNotFound(String)
        /// The provider's answer is no answer to the request, or says that the request is wrong.
        case answer(String)
        /// Too many requests, or the provider failed on its side, and again on every attempt.
        case unavailable(String, retryAfter: Duration?)
        /// No answer at all.
        case transport(HTTPClientError)
        /// DNS: a lookup or an update failed.
        case dns(String)
        /// A program failed.
        case program(String)
        /// Not done within this time.
        case timedOut(Duration, String)
        /// The task was cancelled.
        case cancelled
    }

    /// What happened.
    public let code: Code
    /// The provider and the record: `cloudflare, record _acme-challenge.www.example.com`.
    public let subject: String

    /// Makes an error; words must be one line and hold no secret.
    public init(_ code: Code, _ subject: String) {
        self.code = code
        self.subject = subject
    }

    /// Whether the same call may succeed later without anybody changing anything.
    public var isTransient: Bool {
        switch code {
        case .configuration, .refused, .zoneNotFound, .answer, .cancelled: false
        case .unavailable, .dns, .program, .timedOut: true
        case .transport(let error): error.isTransient
        }
    }

    /// One line for an operator.
    public var description: String { "\(subject): \(code.words)" }
}

extension DNSProviderError.Code {
    var words: String {
        switch self {
        case .configuration(let words), .refused(let words), .zoneNotFound(let words), .answer(let words), .dns(let words),
            .program(let words):
            words
        case .unavailable(let words, nil): words
        case .unavailable(let words, let wait?): "\(words); to be tried again after \(wait)"
        case .transport(let error): error.description
        case .timedOut(let limit, let words): "not done within \(limit): \(words)"
        case .cancelled: "cancelled"
        }
    }
}
