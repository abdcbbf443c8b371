internal import Core

/// Why a question has no answer, or an update was not made. Holds no secret.
public struct DNSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public enum Code: Error, Hashable, Sendable {
        /// The text is no domain name; says why.
        case invalidName(String)
        /// The text is no name server; says why.
        case invalidNameserver(String)
        /// The TSIG key cannot be used; says why.
        case invalidKey(String)
        /// The value cannot be a TXT record; says why.
        case invalidValue(String)
        /// No (matching) answer in this time. What came instead, if anything.
        case timedOut(Duration, instead: String?)
        /// This machine has no way to that address: no route, or no address of its family. Nobody else is to blame.
        case unreachable(String)
        /// The connection failed or was cut.
        case network(String)
        /// The answer is not one, or lies about its lengths.
        case malformedAnswer(String)
        /// The server answered that it cannot or will not.
        case refused(ResponseCode)
        /// The server answered, but is not authoritative for the name that it was asked for as one of its zone's servers.
        case notAuthoritative
        /// TSIG: the server refused our signature, or its own does not stand.
        case signature(TSIGProblem)
        /// Aliases lead in a circle, or there are more than 10.
        case aliases(String)
        /// No zone is found for a name.
        case noZone
        /// A zone has no name servers, or none has an address.
        case noNameservers(String)
        /// The host name of a name server cannot be resolved; the system's words.
        case hostNotFound(String)
        /// The task was cancelled.
        case cancelled
    }

    /// What happened.
    public let code: Code
    /// Which question at which server, such as `TXT _acme-challenge.example.com at 192.0.2.1:53`.
    public let subject: String

    /// Makes an error, for fakes too.
    public init(_ code: Code, subject: String) {
        self.code = code
        self.subject = subject
    }

    /// Whether the same may succeed later without anybody changing a configuration.
    public var isTransient: Bool {
        switch code {
        case .timedOut, .unreachable, .network, .malformedAnswer, .hostNotFound, .aliases, .noZone, .noNameservers,
            .notAuthoritative:
            true
        case .refused(let code): code == .serverFailure || code == .refused || code == .nameError
        case .signature(let problem): problem == .badTime
        case .invalidName, .invalidNameserver, .invalidKey, .invalidValue, .cancelled: false
        }
    }

    /// One line for an operator.
    public var description: String { "\(subject): \(code.words)" }
}

extension DNSError.Code {
    /// What happened, in words.
    var words: String {
        switch self {
        case .invalidName(let why): "not a domain name: \(why)"
        case .invalidNameserver(let why): "not a name server: \(why)"
        case .invalidKey(let why): "not a usable TSIG key: \(why)"
        case .invalidValue(let why): "not a value of a TXT record: \(why)"
        case .timedOut(let limit, nil): "no answer within \(limit)"
        case .timedOut(let limit, let instead?): "no answer to this question within \(limit), instead: \(instead)"
        case .unreachable(let words): "not reachable from here: \(words)"
        case .network(let words): words
        case .malformedAnswer(let words): "malformed answer: \(words)"
        case .refused(let code): "the server answered \(code)"
        case .notAuthoritative: "the server is listed for the zone, but does not answer with authority (lame delegation)"
        case .signature(let problem): problem.words
        case .aliases(let words): words
        case .noZone: "no zone found: none of the name's parents has an SOA record"
        case .noNameservers(let words): words
        case .hostNotFound(let words): "no address found for the name server: \(words)"
        case .cancelled: "cancelled"
        }
    }
}
