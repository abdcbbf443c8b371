/// A request head that has been read and found good. RFC 9112 §3, §5, §6.
///
/// Ranges are offsets from the first byte that the parser was shown; they hold as long as the caller keeps those bytes. Valid only after
/// ``RequestHeadParser/parse(_:)`` has returned ``ParseProgress/complete``.
public struct RequestHead: ~Copyable, Sendable {
    /// Bytes from the first byte shown to the end of the empty line: the body or the next message starts here.
    public internal(set) var length = 0
    /// The method.
    public internal(set) var method = Method.other
    /// The method as it was sent.
    public internal(set) var methodRange = 0..<0
    /// The version in the request line.
    public internal(set) var version = ProtocolVersion.http11
    /// The form of the target.
    public internal(set) var targetForm = TargetForm.origin
    /// The target as it was sent.
    public internal(set) var targetRange = 0..<0
    /// Path and query as they were sent, without scheme and authority. Starts with `/`, except: `*` for ``TargetForm/asterisk``, empty for
    /// ``TargetForm/authority``, and empty or starting with `?` for an absolute target without a path, where `/` is meant.
    public internal(set) var pathRange = 0..<0
    /// Host and port that the request is for: of the target when that is absolute (RFC 9112 §3.2.2), else of Host. Nil only in HTTP/1.0.
    public internal(set) var authorityRange: Range<Int>?
    /// The host in ``authorityRange`` without the port, in the case in which it was sent; an IPv6 address with its brackets.
    public internal(set) var hostRange: Range<Int>?
    /// How the end of the body is found; never ``Framing/untilClose``.
    public internal(set) var framing = Framing.none
    /// Whether downstream wants the connection kept after the answer. RFC 9112 §9.3.
    public internal(set) var keepAlive = true
    /// Whether downstream waits for `100 Continue` before it sends the body. Never in HTTP/1.0. RFC 9110 §10.1.1.
    public internal(set) var expectsContinue = false
    /// The switch of protocol that is asked for.
    public internal(set) var upgrade = UpgradeRequest.none
    /// Whether downstream takes trailers (`TE: trailers`). RFC 9110 §10.1.4.
    public internal(set) var acceptsTrailers = false
    /// The client's `X-Request-ID` when it is taken over: one field of 1...``Limits/requestIDBytesMax`` letters, digits and `-._~:+/=@`.
    public internal(set) var requestIDRange: Range<Int>?
    /// All field lines.
    public internal(set) var fields = FieldTable()
    /// Whether Connection names fields that are not well-known.
    var connectionNamesFields = false

    /// Whether the answer has no body because the method is HEAD.
    public var isHEAD: Bool { method == .head }

    mutating func reset() {
        length = 0
        fields.removeAll()
        authorityRange = nil
        hostRange = nil
        requestIDRange = nil
        framing = .none
        expectsContinue = false
        upgrade = .none
        acceptsTrailers = false
        connectionNamesFields = false
    }

    @inline(__always)
    mutating func take(_ line: RequestLine) {
        method = line.method
        methodRange = line.methodRange
        version = line.version
        targetForm = line.form
        targetRange = line.target
        pathRange = line.path
        authorityRange = line.authority?.range
        hostRange = line.authority?.host
    }

    /// Reads the fields that have a meaning here.
    @inline(__always)
    mutating func interpretFields(_ bytes: RawSpan) throws(MessageFault) {
        try readHost(bytes)
        framing = try FramingFields.framing(bytes, fields, version, sameLengthMayRepeat: false) ?? .none
        let options = try ConnectionOptions(bytes, fields)
        connectionNamesFields = options.namesFields
        keepAlive = !options.close && (version == .http11 || options.keepAlive)
        if fields.contains(.expect) { try readExpect(bytes) }
        if fields.contains(.upgrade), options.upgrade { readUpgrade(bytes) }
        if fields.contains(.te) { readTE(bytes) }
        if fields.contains(.xRequestID) { readRequestID(bytes) }
    }

    /// RFC 9112 §3.2: exactly one well-formed Host in HTTP/1.1, also when the target has an authority that replaces it.
    @inline(__always)
    private mutating func readHost(_ bytes: RawSpan) throws(MessageFault) {
        guard let value = fields.value(of: .host) else {
            guard version == .http10 else { throw .hostMissing }
            return
        }
        guard !fields.repeats(.host) else { throw .hostRepeated }
        guard let host = Authority(bytes, value) else { throw .hostMalformed }
        if authorityRange == nil {
            authorityRange = host.range
            hostRange = host.host
        }
    }

    private mutating func readExpect(_ bytes: RawSpan) throws(MessageFault) {
        guard !fields.repeats(.expect), let value = fields.value(of: .expect), bytes.matches(value, "100-continue") else {
            throw .expectationUnknown
        }
        // RFC 9110 §10.1.1: to be ignored in HTTP/1.0, and without a body there is nothing to wait for.
        expectsContinue = version == .http11 && framing != .none && framing != .length(0)
    }

    /// Passed on is only one protocol by name, over HTTP/1.1, without a body. Never `h2c`: what a backend does with it is out of our sight.
    private mutating func readUpgrade(_ bytes: RawSpan) {
        guard version == .http11, framing == .none, !fields.repeats(.upgrade), let value = fields.value(of: .upgrade), !value.isEmpty,
            bytes.all(value, in: .upgradeProtocol), !bytes.matches(value, "h2c")
        else { return }
        upgrade = bytes.matches(value, "websocket") ? .websocket : .other
    }

    private mutating func readTE(_ bytes: RawSpan) {
        for slot in fields.slots where slot.name == .te {
            var list = ListElements(Int(slot.valueStart)..<Int(slot.valueEnd))
            while let coding = list.next(bytes) {
                if bytes.matches(coding, "trailers") { acceptsTrailers = true }
            }
        }
    }

    private mutating func readRequestID(_ bytes: RawSpan) {
        guard !fields.repeats(.xRequestID), let value = fields.value(of: .xRequestID), !value.isEmpty,
            value.count <= Limits.requestIDBytesMax, bytes.all(value, in: .requestID)
        else { return }
        requestIDRange = value
    }
}
