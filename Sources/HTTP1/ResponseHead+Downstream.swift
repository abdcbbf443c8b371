/// Writing of the response that goes downstream. RFC 9110 §7.6, RFC 9112 §4.
extension ResponseHead {
    /// Fields that end at this hop or are written anew.
    private static let dropped: FieldNameSet = [
        .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection, .proxyAuthenticate, .proxyAuthenticationInfo, .te,
        .upgrade, .http2Settings,
    ]
    /// More than the constant texts of ``writeDownstream(_:plan:edits:date:into:)`` and its numbers come to together.
    private static let constantBytesMax = 256

    /// Room that ``writeDownstream(_:plan:edits:date:into:)`` needs at most, in bytes.
    public borrowing func downstreamBytesMax(edits: borrowing FieldEdits) -> Int {
        2 * length + Self.constantBytesMax + edits.lines.count
    }

    /// Writes the head of this response for downstream, always in HTTP/1.1 (RFC 9110 §2.5: our version, not the one that we were sent).
    ///
    /// Fields go through unchanged and in order, except that those that end at this hop are left out, with those that Connection names,
    /// and that framing and Connection are written anew as the plan says. `Date` and `Server` are added when missing. Interim responses
    /// (not to be sent to HTTP/1.0) get none of these.
    ///
    /// - Parameters:
    ///   - bytes: those that were parsed.
    ///   - plan: of ``plan(for:keepAlive:)``.
    ///   - edits: fields to set and to remove.
    ///   - date: now.
    ///   - output: with room for ``downstreamBytesMax(edits:)``.
    public borrowing func writeDownstream(
        _ bytes: RawSpan, plan: ResponsePlan, edits: borrowing FieldEdits, date: borrowing HTTPDate, into output: inout OutputRawSpan
    ) {
        output.write("HTTP/1.1 ")
        output.write(bytes, statusRange)
        output.write(statusRange.count == 3 ? " \r\n" : "\r\n")
        var dropped = Self.dropped
        if plan.body != .verbatim || plan.framing != .chunked { dropped.insert(.trailer) }
        let isChecked = connectionNamesFields || !edits.isEmpty
        fields.writeRuns(bytes, end: length - 2, into: &output) { slot in
            if dropped.contains(slot.name) { return true }
            guard isChecked else { return false }
            return fields.isNamedByConnection(slot, bytes) || edits.covers(bytes, Int(slot.nameStart)..<Int(slot.nameEnd))
        }
        if !isInterim {
            if !fields.contains(.date) { output.write(date.line) }
            if !fields.contains(.server) { output.write("Server: certctl\r\n") }
            writeFraming(plan, into: &output)
            writeConnection(bytes, plan, into: &output)
            output.write(edits.lines)
        }
        output.write("\r\n")
    }

    @inline(__always)
    private borrowing func writeFraming(_ plan: ResponsePlan, into output: inout OutputRawSpan) {
        if plan.framing == .chunked {
            output.write("Transfer-Encoding: chunked\r\n")
        } else if let contentLength {
            output.write("Content-Length: ")
            output.writeDecimal(contentLength)
            output.write("\r\n")
        }
    }

    @inline(__always)
    private borrowing func writeConnection(_ bytes: RawSpan, _ plan: ResponsePlan, into output: inout OutputRawSpan) {
        // RFC 9110 §15.5.22: 426 has to name the protocols, §7.8: and Connection has to name Upgrade.
        if isSwitch || status == 426, let value = fields.value(of: .upgrade) {
            output.write(isSwitch || plan.keepAlive ? "Connection: upgrade\r\nUpgrade: " : "Connection: upgrade, close\r\nUpgrade: ")
            output.write(bytes, value)
            output.write("\r\n")
        } else if !plan.keepAlive {
            output.write("Connection: close\r\n")
        } else if plan.version == .http10 {
            output.write("Connection: keep-alive\r\n")
        }
    }
}
