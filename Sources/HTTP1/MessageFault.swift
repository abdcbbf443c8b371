/// Why a message was refused. A downstream message is answered with ``status`` and a closed connection, an upstream one makes 502;
/// in both cases the connection cannot be used again, because where the next message starts is not known.
///
/// RFC 9112 §11.2 (smuggling) is why none of these is repaired.
public enum MessageFault: UInt8, Error, Hashable, Sendable, CaseIterable {
    // Start lines.
    /// Not `method SP target SP version`.
    case requestLineMalformed
    /// Over ``Limits/requestLineBytesMax``.
    case requestLineTooLong
    /// A byte of the method is not a token character, or the method is empty. RFC 9110 §9.1.
    case methodMalformed
    /// Over ``Limits/methodBytesMax``.
    case methodTooLong
    /// Empty, with a control or non-ASCII byte, a space or a fragment, or of no form that its method takes. RFC 9112 §3.2.
    case targetMalformed
    /// Not `HTTP/` digit `.` digit in upper case. RFC 9112 §2.3.
    case versionMalformed
    /// Well-formed, but neither 1.0 nor 1.1.
    case versionUnsupported
    /// Not `version SP status [SP reason]`. RFC 9112 §4.
    case statusLineMalformed
    /// 101 in answer to a request that asked for no upgrade. RFC 9110 §15.2.2.
    case switchUnasked
    /// More than ``Limits/interimResponsesMax`` interim responses to one request. RFC 9110 §15.2.
    case interimResponsesTooMany

    // Lines and fields.
    /// Over ``Limits/headBytesMax``.
    case headTooLarge
    /// Over ``Limits/fieldCountMax``.
    case fieldsTooMany
    /// More than ``Limits/emptyLinesMax`` empty lines before a request.
    case emptyLinesTooMany
    /// A CR without LF. RFC 9112 §2.2.
    case bareCR
    /// An LF without CR. RFC 9112 §2.2 allows a recipient to take it; we do not.
    case bareLF
    /// A control byte other than a tab. RFC 9110 §5.5.
    case controlByte
    /// A field line that starts with a space or a tab. RFC 9112 §5.2.
    case foldedLine
    /// A space or tab between a field name and its colon. RFC 9112 §5.1.
    case spaceBeforeColon
    /// A field line that starts with a colon.
    case fieldNameEmpty
    /// A byte of a field name is not a token character, or there is no colon.
    case fieldNameMalformed

    // Host.
    /// HTTP/1.1 without Host. RFC 9112 §3.2.
    case hostMissing
    /// Several Host fields.
    case hostRepeated
    /// Host, or the authority of the target, is not `host [":" port]`, or carries user information. RFC 9110 §7.2.
    case hostMalformed

    // Framing.
    /// Not 1*DIGIT of at most ``Limits/bodyBytesMax``. RFC 9110 §8.6.
    case contentLengthMalformed
    /// Several Content-Length fields, or a list.
    case contentLengthRepeated
    /// Transfer-Encoding other than exactly `chunked`. RFC 9112 §6.1.
    case transferCodingUnsupported
    /// Several Transfer-Encoding fields.
    case transferEncodingRepeated
    /// Transfer-Encoding together with Content-Length. RFC 9112 §6.3.
    case transferEncodingWithLength
    /// Transfer-Encoding in HTTP/1.0. RFC 9112 §6.1.
    case transferEncodingInHTTP10
    /// Over ``Limits/connectionOptionsMax``.
    case connectionOptionsTooMany
    /// Expect other than `100-continue`. RFC 9110 §10.1.1.
    case expectationUnknown

    // Bodies.
    /// A chunk-size line that is not `1*HEXDIG [extensions]`. RFC 9112 §7.1.
    case chunkSizeMalformed
    /// A chunk, or all chunks together, over ``Limits/bodyBytesMax``.
    case chunkTooLarge
    /// Over ``Limits/chunkLineBytesMax``.
    case chunkLineTooLong
    /// Over ``Limits/chunkExtensionBytesMax``.
    case chunkExtensionsTooLarge
    /// No CRLF after the bytes of a chunk.
    case chunkUnterminated
    /// Over ``Limits/trailerBytesMax``.
    case trailersTooLarge
    /// The connection ended inside a head or a body. RFC 9112 §8.
    case truncated

    /// The status of the answer when the message came from downstream. RFC 9110 §15.5, RFC 6585 §5.
    public var status: Int {
        switch self {
        case .requestLineTooLong: 414
        case .methodTooLong: 501
        case .versionUnsupported: 505
        case .expectationUnknown: 417
        case .headTooLarge, .fieldsTooMany, .trailersTooLarge: 431
        case .requestLineMalformed, .methodMalformed, .targetMalformed, .versionMalformed, .statusLineMalformed, .switchUnasked,
            .interimResponsesTooMany, .emptyLinesTooMany, .bareCR, .bareLF, .controlByte, .foldedLine, .spaceBeforeColon, .fieldNameEmpty,
            .fieldNameMalformed,
            .hostMissing, .hostRepeated, .hostMalformed, .contentLengthMalformed, .contentLengthRepeated, .transferCodingUnsupported,
            .transferEncodingRepeated, .transferEncodingWithLength, .transferEncodingInHTTP10, .connectionOptionsTooMany,
            .chunkSizeMalformed, .chunkTooLarge, .chunkLineTooLong, .chunkExtensionsTooLarge, .chunkUnterminated, .truncated:
            400
        }
    }
}

extension MessageFault: CustomStringConvertible {
    /// What is wrong, for logs; the caller puts the subject (connection, route, endpoint) in front.
    public var description: String {
        switch self {
        case .requestLineMalformed: "request line is not method, target and version with one space between"
        case .requestLineTooLong: "request line is longer than \(Limits.requestLineBytesMax) bytes"
        case .methodMalformed: "method is not a token"
        case .methodTooLong: "method is longer than \(Limits.methodBytesMax) bytes"
        case .targetMalformed: "request target is malformed"
        case .versionMalformed: "version is malformed"
        case .versionUnsupported: "version is neither HTTP/1.0 nor HTTP/1.1"
        case .statusLineMalformed: "status line is malformed"
        case .switchUnasked: "status 101 without a request to upgrade"
        case .interimResponsesTooMany: "more than \(Limits.interimResponsesMax) interim responses"
        case .headTooLarge: "head is larger than \(Limits.headBytesMax) bytes"
        case .fieldsTooMany: "more than \(Limits.fieldCountMax) fields"
        case .emptyLinesTooMany: "more than \(Limits.emptyLinesMax) empty lines before the request"
        case .bareCR: "CR without LF"
        case .bareLF: "LF without CR"
        case .controlByte: "control byte in the head"
        case .foldedLine: "field line starts with whitespace"
        case .spaceBeforeColon: "whitespace before the colon of a field"
        case .fieldNameEmpty: "field name is empty"
        case .fieldNameMalformed: "field name is not a token followed by a colon"
        case .hostMissing: "Host is missing"
        case .hostRepeated: "Host occurs more than once"
        case .hostMalformed: "Host is not a host name or address with an optional port"
        case .contentLengthMalformed: "Content-Length is not a decimal number of at most \(Limits.bodyBytesMax)"
        case .contentLengthRepeated: "Content-Length occurs more than once"
        case .transferCodingUnsupported: "Transfer-Encoding is not exactly chunked"
        case .transferEncodingRepeated: "Transfer-Encoding occurs more than once"
        case .transferEncodingWithLength: "Transfer-Encoding together with Content-Length"
        case .transferEncodingInHTTP10: "Transfer-Encoding in an HTTP/1.0 message"
        case .connectionOptionsTooMany: "more than \(Limits.connectionOptionsMax) Connection options"
        case .expectationUnknown: "Expect is not 100-continue"
        case .chunkSizeMalformed: "chunk size is malformed"
        case .chunkTooLarge: "chunk or sum of chunks is larger than \(Limits.bodyBytesMax) bytes"
        case .chunkLineTooLong: "chunk-size line is longer than \(Limits.chunkLineBytesMax) bytes"
        case .chunkExtensionsTooLarge: "chunk extensions are larger than \(Limits.chunkExtensionBytesMax) bytes"
        case .chunkUnterminated: "chunk does not end in CRLF"
        case .trailersTooLarge: "trailer section is larger than \(Limits.trailerBytesMax) bytes"
        case .truncated: "connection ended inside a message"
        }
    }
}
