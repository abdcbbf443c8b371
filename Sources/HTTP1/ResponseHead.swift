/// A response head that has been read and found good. RFC 9112 §4, §6.
///
/// Ranges are offsets from the first byte that the parser was shown. Valid only after ``ResponseHeadParser/parse(_:)`` has returned
/// ``ParseProgress/complete``.
public struct ResponseHead: ~Copyable, Sendable {
    /// Bytes from the first byte shown to the end of the empty line.
    public internal(set) var length = 0
    /// 100...999. RFC 9110 §15 defines 100...599; others are used (999 of LinkedIn) and passed on.
    public internal(set) var status = 0
    /// The version in the status line.
    public internal(set) var version = ProtocolVersion.http11
    /// The three digits and what follows up to the CRLF: `200 OK`.
    public internal(set) var statusRange = 0..<0
    /// How the end of the body is found, given the method of the request.
    public internal(set) var framing = Framing.none
    /// The Content-Length as a fact about the representation, also when there is no body (HEAD, 304).
    public internal(set) var contentLength: UInt64?
    /// Whether another request may be sent on the connection once the body has been read to its end.
    public internal(set) var keepAlive = true
    /// All field lines.
    public internal(set) var fields = FieldTable()
    /// Whether Connection names fields that are not well-known.
    var connectionNamesFields = false

    /// Whether this is 1xx other than 101, so that another head follows. RFC 9110 §15.2.
    public var isInterim: Bool { status < 200 && status != 101 }
    /// Whether the connection now speaks another protocol. RFC 9110 §15.2.2.
    public var isSwitch: Bool { status == 101 }

    mutating func reset() {
        length = 0
        fields.removeAll()
        contentLength = nil
        connectionNamesFields = false
    }

    /// Reads `HTTP-version SP status-code SP [reason-phrase]`; the second space may be missing when there is no reason, as it often is.
    @inline(__always)
    mutating func readStatusLine(_ bytes: RawSpan, start: Int, end: Int) throws(MessageFault) {
        guard end &- start >= 12, bytes.byte(start &+ 8) == ASCII.space else { throw .statusLineMalformed }
        version = try ProtocolVersion(bytes, start..<start &+ 8)
        var code = 0
        for offset in start &+ 9..<start &+ 12 {
            let digit = Int(bytes.byte(offset)) &- Int(ASCII.zero)
            guard (0...9).contains(digit) else { throw .statusLineMalformed }
            code = code &* 10 &+ digit
        }
        guard code >= 100, end == start &+ 12 || bytes.byte(start &+ 12) == ASCII.space else { throw .statusLineMalformed }
        status = code
        statusRange = start &+ 9..<end
    }

    /// Reads the fields that have a meaning here. RFC 9112 §6.3.
    @inline(__always)
    mutating func interpretFields(_ bytes: RawSpan, _ method: Method, upgradeWasAsked: Bool) throws(MessageFault) {
        let options = try ConnectionOptions(bytes, fields)
        connectionNamesFields = options.namesFields
        keepAlive = !options.close && (version == .http11 || options.keepAlive)
        let told = try FramingFields.framing(bytes, fields, version, sameLengthMayRepeat: true)
        if case .length(let value)? = told { contentLength = value }
        if isSwitch {
            guard upgradeWasAsked, options.upgrade, told == nil else { throw .switchUnasked }
        }
        if status < 200 || status == 204 {
            // A body where there can be none: whatever follows is not a response that we asked for.
            if told == .chunked || (contentLength ?? 0) > 0 { keepAlive = false }
            contentLength = nil
            framing = .none
        } else if method == .head || status == 304 {
            framing = .none
        } else {
            framing = told ?? .untilClose
            if framing == .untilClose { keepAlive = false }
        }
    }
}
