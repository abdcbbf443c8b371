import HTTP1

/// A difference from llhttp 9.3 as swift-nio drives it, that is meant.
struct ListedDifference: Sendable {
    /// Why we do it our way.
    let reason: String
    /// Whether it explains what was found.
    let explains: @Sendable (FoundDifference) -> Bool
}

/// Where two readings of the same bytes part.
struct FoundDifference: Sendable {
    enum Kind: Hashable {
        /// Both read the message to its end, and read different things. Nothing explains that.
        case different
        /// Only llhttp reads the message to its end.
        case stricter
        /// Only we read the message to its end.
        case laxer
    }

    let kind: Kind
    let isRequest: Bool
    let bytes: [UInt8]
    let own: StreamReading
    let foreign: StreamReading

    /// The first message that the two do not agree about, as the one says that read it.
    var message: ReadMessage {
        let common = min(own.messages.count, foreign.messages.count)
        return kind == .laxer ? own.messages[common] : foreign.messages[common]
    }

    /// Nil when they agree about every message that both read to its end, and about their number.
    init?(isRequest: Bool, _ bytes: [UInt8], own: StreamReading, foreign: StreamReading) {
        let common = min(own.messages.count, foreign.messages.count)
        if own.messages[..<common] != foreign.messages[..<common] {
            kind = .different
        } else if own.messages.count < foreign.messages.count {
            kind = .stricter
        } else if own.messages.count > foreign.messages.count {
            kind = .laxer
        } else {
            return nil
        }
        self.isRequest = isRequest
        self.bytes = bytes
        self.own = own
        self.foreign = foreign
    }
}

enum ListedDifferences {
    static func explain(_ found: FoundDifference) -> ListedDifference? {
        switch found.kind {
        case .different: nil
        case .stricter: (stricter + (found.isRequest ? stricterRequests : stricterResponses)).first { $0.explains(found) }
        case .laxer: (laxer + (found.isRequest ? laxerRequests : laxerResponses)).first { $0.explains(found) }
        }
    }

    private static func refusal(_ fault: MessageFault, _ reason: String) -> ListedDifference {
        ListedDifference(reason: reason) { $0.own.fault == fault }
    }

    /// What we refuse and llhttp reads, in either direction.
    static let stricter: [ListedDifference] = [
        refusal(.connectionOptionsTooMany, "a limit of ours; llhttp only looks for the options that it knows"),
        ListedDifference(reason: "more digits than our limit, by zeros in front; llhttp takes any number of them") { found in
            found.own.fault == .contentLengthMalformed
                && found.message.fields.contains { field in
                    let value = field.split(separator: "=").last ?? ""
                    return value.count > Limits.contentLengthDigitsMax && value.allSatisfy(\.isNumber)
                }
        },
        refusal(.transferEncodingRepeated, "several Transfer-Encoding fields; llhttp looks at the end of the last one"),
        refusal(
            .transferCodingUnsupported,
            "codings other than chunked; llhttp takes any list that ends in chunked, and reads other responses to the close"),
        refusal(.transferEncodingInHTTP10, "RFC 9112 §6.1 calls the framing faulty; llhttp believes it"),
        ListedDifference(reason: "a bare CR or LF before a message, or in a reason phrase; llhttp skips them") {
            $0.own.fault == .bareCR || $0.own.fault == .bareLF
        },
    ]

    static let stricterRequests: [ListedDifference] = [
        refusal(.hostMissing, "RFC 9112 §3.2 asks for 400; llhttp leaves it to its caller"),
        refusal(.hostRepeated, "RFC 9112 §3.2 asks for 400; llhttp leaves it to its caller"),
        refusal(.hostMalformed, "RFC 9112 §3.2 asks for 400; llhttp leaves it to its caller"),
        refusal(
            .targetMalformed,
            "schemes other than http, fragments, asterisk for other methods; llhttp splits targets and does not judge them"),
        refusal(.versionMalformed, "two spaces before the version; llhttp skips them"),
        refusal(.expectationUnknown, "answered 417 (RFC 9110 §10.1.1); llhttp does not look at Expect"),
        refusal(.emptyLinesTooMany, "RFC 9112 §2.2 asks for one to be skipped; llhttp skips any number"),
        ListedDifference(reason: "HTTP/1.0 with both close and keep-alive: RFC 9112 §9.3 lets close win, llhttp keep-alive") { found in
            guard found.own.isStopped, let last = found.own.messages.last, last.start.hasSuffix("http10") else { return false }
            let options = last.fields.filter { $0.lowercased().hasPrefix("connection=") }.joined().lowercased()
            return options.contains("close") && options.contains("keep-alive")
        },
    ]

    static let stricterResponses: [ListedDifference] = [
        refusal(.controlByte, "control bytes in a reason phrase, which would be forwarded; llhttp takes any byte"),
        refusal(.statusLineMalformed, "empty lines before a status line, status below 100; llhttp takes both"),
        refusal(.switchUnasked, "101 that names no protocol, RFC 9110 §15.2.2; llhttp leaves it to its caller"),
    ]

    /// What we read and llhttp refuses, in either direction.
    static let laxer: [ListedDifference] = [
        ListedDifference(reason: "chunk extensions are not read, only dropped; llhttp checks their names and quotes") { found in
            found.message.fields.contains { $0.lowercased() == "transfer-encoding=chunked" } && found.bytes.contains(UInt8(ascii: ";"))
        },
        ListedDifference(reason: "framing fields in trailers are dropped (RFC 9110 §6.5.1); llhttp refuses the message") { found in
            found.message.trailers.contains { trailer in
                ["content-length=", "transfer-encoding="].contains { trailer.lowercased().hasPrefix($0) }
            }
        },
        ListedDifference(reason: "a tab behind Content-Length is whitespace like another (RFC 9110 §5.6.3); llhttp takes spaces only") {
            found in
            found.message.fields.contains { $0.lowercased().hasPrefix("content-length=") } && found.bytes.contains(UInt8(ascii: "\t"))
        },
    ]

    static let laxerRequests: [ListedDifference] = [
        ListedDifference(reason: "any token is a method (RFC 9110 §9.1); llhttp has a list") { found in
            let method = found.message.start.prefix { $0 != " " }
            return !["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].contains(method)
        }
    ]

    static let laxerResponses: [ListedDifference] = [
        ListedDifference(reason: "an interim response that closes, or of HTTP/1.0, does not take away the final one; llhttp ends there") {
            found in
            found.own.messages.dropLast().contains { message in
                message.start.hasSuffix("http10") || message.fields.contains { $0.lowercased() == "connection=close" }
            }
        },
        ListedDifference(reason: "several Content-Length of one value are one in a response (RFC 9110 §8.6), written as one") { found in
            let lengths = found.message.fields.filter { $0.lowercased().hasPrefix("content-length=") }
            return lengths.count > 1 && Set(lengths.map { UInt64($0.dropFirst("content-length=".count)) }).count == 1
        },
    ]
}
