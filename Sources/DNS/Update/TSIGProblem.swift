/// What is wrong with the signature of an update or of its answer. RFC 8945 §5.
public enum TSIGProblem: Hashable, Sendable {
    /// The server does not accept our signature.
    case badSignature
    /// The server does not know the key, or not for this algorithm.
    case badKey
    /// The clocks are too far apart.
    case badTime
    /// The server wants a longer MAC.
    case badTruncation
    /// Another error code of the server.
    case other(Int)
    /// The answer has no signature although the request had one.
    case answerNotSigned
    /// The signature of the answer is not made with our key.
    case answerForged
    /// The answer was signed at another time than now; seconds of difference, positive when the server is ahead.
    case answerNotFresh(seconds: Int64)

    init(serverError code: Int) {
        switch code {
        case 16: self = .badSignature
        case 17: self = .badKey
        case 18: self = .badTime
        case 22: self = .badTruncation
        default: self = .other(code)
        }
    }

    var words: String {
        switch self {
        case .badSignature: "the server answered BADSIG (TSIG: the secret or the algorithm is not the one that it has for this key name)"
        case .badKey: "the server answered BADKEY (TSIG: it does not know a key of this name with this algorithm)"
        case .badTime: "the server answered BADTIME (TSIG: its clock and ours differ by more than \(DNSLimits.tsigFudgeSeconds) s)"
        case .badTruncation: "the server answered BADTRUNC (TSIG: it wants a longer signature)"
        case .other(let code): "the server answered TSIG error \(code)"
        case .answerNotSigned: "the answer is not signed, although the request was (TSIG)"
        case .answerForged: "the signature of the answer does not match our key (TSIG)"
        case .answerNotFresh(let seconds):
            "the answer was signed \(seconds) s from now (TSIG); the limit is \(DNSLimits.tsigFudgeSeconds) s"
        }
    }
}
