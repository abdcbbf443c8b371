/// Writing of the request that goes upstream. RFC 9110 §7.6, RFC 9112 §3.2.
extension RequestHead {
    /// Fields that never go through as they came: they end at this hop, are written anew, or are what a client may not say about itself.
    private static let dropped: FieldNameSet = [
        .underscored, .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection, .proxyAuthenticate,
        .proxyAuthenticationInfo, .proxyAuthorization, .proxy, .te, .upgrade, .http2Settings, .expect, .forwarded, .xForwardedFor,
        .xForwardedHost, .xForwardedPort, .xForwardedProto, .xForwardedScheme, .xForwardedPrefix, .xForwardedServer, .xForwardedSSL,
        .xScheme,
        .xRealIP, .xRequestID, .xOriginalForwardedFor, .xOriginalForwardedHost,
    ]
    /// More than the constant texts of ``writeUpstream(_:identity:options:requestID:into:)`` and its numbers come to together.
    private static let constantBytesMax = 512

    /// Room that ``writeUpstream(_:identity:options:requestID:into:)`` needs at most, in bytes.
    ///
    /// The head itself; once more for values that are repeated under another name (authority, forwarded fields, request ID); own lines.
    public borrowing func upstreamBytesMax(identity: borrowing ForwardedIdentity, options: borrowing UpstreamRequestOptions) -> Int {
        let authority = max(options.authority?.bytes.count ?? 0, options.authorityIfMissing?.bytes.count ?? 0)
        return 3 * length + Self.constantBytesMax + identity.lines.count + options.edits.lines.count + 2 * authority
            + (options.target?.bytes.count ?? 0)
    }

    /// Writes the head of this request for upstream, in HTTP/1.1.
    ///
    /// The target is the one that came, byte for byte (of an absolute one the path and query). Fields go through unchanged and in order,
    /// except that those that end at this hop are left out (RFC 9110 §7.6.1), with those that Connection names and those whose name has an
    /// underscore, and that framing, identity (`X-Forwarded-*`, `X-Real-IP`, `X-Request-ID`) and the connection are written anew.
    ///
    /// - Parameters:
    ///   - bytes: those that were parsed.
    ///   - identity: of the downstream connection.
    ///   - options: of the route.
    ///   - requestID: used unless ``requestIDRange`` is there.
    ///   - output: with room for ``upstreamBytesMax(identity:options:)``.
    public borrowing func writeUpstream(
        _ bytes: RawSpan, identity: borrowing ForwardedIdentity, options: borrowing UpstreamRequestOptions, requestID: RequestIDSeed,
        into output: inout OutputRawSpan
    ) {
        writeRequestLine(bytes, options, into: &output)
        let hostGoesThrough = targetForm != .absolute && options.authority == nil
        if !hostGoesThrough || authorityRange == nil { writeHost(bytes, options, into: &output) }
        writePassedFields(bytes, options, hostGoesThrough: hostGoesThrough, into: &output)
        writeIdentity(bytes, identity, requestID, into: &output)
        writeFraming(into: &output)
        writeConnection(bytes, options, into: &output)
        output.write(options.edits.lines)
        output.write("\r\n")
    }

    @inline(__always)
    private borrowing func writeRequestLine(
        _ bytes: RawSpan, _ options: borrowing UpstreamRequestOptions, into output: inout OutputRawSpan
    ) {
        output.write(bytes, methodRange)
        output.append(ASCII.space)
        if let target = options.target {
            output.write(target.bytes)
        } else {
            if targetForm == .absolute { writePathStart(bytes, into: &output) }
            output.write(bytes, pathRange)
        }
        output.write(" HTTP/1.1\r\n")
    }

    /// What an absolute target without a path means. RFC 9112 §3.2.1, §3.2.4.
    private borrowing func writePathStart(_ bytes: RawSpan, into output: inout OutputRawSpan) {
        if pathRange.isEmpty {
            output.append(method == .options ? UInt8(ascii: "*") : ASCII.slash)
        } else if bytes.byte(pathRange.lowerBound) != ASCII.slash {
            output.append(ASCII.slash)
        }
    }

    private borrowing func writeHost(
        _ bytes: RawSpan, _ options: borrowing UpstreamRequestOptions, into output: inout OutputRawSpan
    ) {
        output.write("Host: ")
        if let authority = options.authority {
            output.write(authority.bytes)
        } else if let authorityRange {
            output.write(bytes, authorityRange)
        } else if let authority = options.authorityIfMissing {
            output.write(authority.bytes)
        }
        output.write("\r\n")
    }

    /// Copies runs of lines that go through, each run at once.
    @inline(__always)
    private borrowing func writePassedFields(
        _ bytes: RawSpan, _ options: borrowing UpstreamRequestOptions, hostGoesThrough: Bool, into output: inout OutputRawSpan
    ) {
        var dropped = Self.dropped
        if !hostGoesThrough { dropped.insert(.host) }
        if framing != .chunked { dropped.insert(.trailer) }
        let edits = connectionNamesFields || !options.edits.isEmpty
        fields.writeRuns(bytes, end: length - 2, into: &output) { slot in
            if dropped.contains(slot.name) { return true }
            guard edits else { return false }
            return fields.isNamedByConnection(slot, bytes) || options.edits.covers(bytes, Int(slot.nameStart)..<Int(slot.nameEnd))
        }
    }

    /// What downstream may not say itself, or only under another name.
    @inline(__always)
    private borrowing func writeIdentity(
        _ bytes: RawSpan, _ identity: borrowing ForwardedIdentity, _ requestID: RequestIDSeed, into output: inout OutputRawSpan
    ) {
        output.write("X-Request-ID: ")
        if let requestIDRange {
            output.write(bytes, requestIDRange)
        } else {
            output.writeHex16(requestID.high)
            output.writeHex16(requestID.low)
        }
        output.write("\r\n")
        output.write(identity.lines)
        if let authorityRange {
            output.write("X-Forwarded-Host: ")
            output.write(bytes, authorityRange)
            output.write("\r\n")
        }
        if fields.contains(.xForwardedFor) { writeOriginal("X-Original-Forwarded-For: ", .xForwardedFor, bytes, into: &output) }
        if fields.contains(.xForwardedHost) { writeOriginal("X-Original-Forwarded-Host: ", .xForwardedHost, bytes, into: &output) }
    }

    /// All values of a name as one list.
    private borrowing func writeOriginal(_ start: StaticString, _ name: FieldName, _ bytes: RawSpan, into output: inout OutputRawSpan) {
        output.write(start)
        var isFirst = true
        for slot in fields.slots where slot.name == name {
            if !isFirst { output.write(", ") }
            isFirst = false
            output.write(bytes, Int(slot.valueStart)..<Int(slot.valueEnd))
        }
        output.write("\r\n")
    }

    @inline(__always)
    private borrowing func writeFraming(into output: inout OutputRawSpan) {
        switch framing {
        case .none, .untilClose: break
        case .chunked: output.write("Transfer-Encoding: chunked\r\n")
        case .length(let length):
            output.write("Content-Length: ")
            output.writeDecimal(length)
            output.write("\r\n")
        }
        if expectsContinue { output.write("Expect: 100-continue\r\n") }
    }

    /// Connection names what is written here and nothing else. RFC 9110 §7.6.1, §7.8, §10.1.4.
    @inline(__always)
    private borrowing func writeConnection(
        _ bytes: RawSpan, _ options: borrowing UpstreamRequestOptions, into output: inout OutputRawSpan
    ) {
        let upgrades = upgrade != .none && options.forwardsUpgrade
        guard upgrades || acceptsTrailers || !options.keepAlive else { return }
        output.write("Connection: ")
        if upgrades { output.write("upgrade") }
        if acceptsTrailers {
            if upgrades { output.write(", ") }
            output.write("te")
        }
        if !options.keepAlive {
            if upgrades || acceptsTrailers { output.write(", ") }
            output.write("close")
        }
        output.write("\r\n")
        if acceptsTrailers { output.write("TE: trailers\r\n") }
        if upgrades, let value = fields.value(of: .upgrade) {
            output.write("Upgrade: ")
            output.write(bytes, value)
            output.write("\r\n")
        }
    }
}

extension FieldTable {
    /// Copies the lines that are not left out, neighbours at once.
    ///
    /// - Parameter end: offset of the empty line, where the last field ends.
    @inline(__always)
    borrowing func writeRuns(_ bytes: RawSpan, end: Int, into output: inout OutputRawSpan, leavingOut: (Slot) -> Bool) {
        var runStart = -1
        for slot in slots {
            if leavingOut(slot) {
                if runStart >= 0 { output.write(bytes, runStart..<Int(slot.nameStart)) }
                runStart = -1
            } else if runStart < 0 {
                runStart = Int(slot.nameStart)
            }
        }
        if runStart >= 0 { output.write(bytes, runStart..<end) }
    }
}
