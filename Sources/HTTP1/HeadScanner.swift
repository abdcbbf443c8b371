/// Cuts a head into lines and fields, and remembers where it stopped, so that every byte is looked at once however small the pieces are in
/// which it comes. RFC 9112 §2.2, §5.
///
/// All offsets are from the first byte of the message; the caller shows all bytes of the unfinished message each time.
struct HeadScanner: ~Copyable {
    /// What a look for the end of a line came to.
    enum Line {
        /// The line is `start..<end`, CRLF follows.
        case complete(start: Int, end: Int)
        case needsMore
    }

    /// Where the line being looked for starts.
    private(set) var lineStart = 0
    /// Up to where that line has been seen to be free of control bytes.
    private var scanned = 0

    mutating func reset() {
        lineStart = 0
        scanned = 0
    }

    /// Finds the end of the line at ``lineStart`` and steps behind it.
    ///
    /// - Parameters:
    ///   - bytesMax: the most that may be shown to this scan, counted from the first byte of the message.
    ///   - fault: what it is when the line does not end within.
    @inline(__always)
    mutating func nextLine(_ bytes: RawSpan, bytesMax: Int, fault: MessageFault) throws(MessageFault) -> Line {
        switch try bytes.lineEnd(from: scanned, bytesMax: bytesMax, fault: fault) {
        case .needsMore(let seen):
            scanned = seen
            return .needsMore
        case .found(let end):
            let start = lineStart
            lineStart = end &+ 2
            scanned = lineStart
            return .complete(start: start, end: end)
        }
    }

    /// Reads field lines up to and with the empty line.
    @inline(__always)
    mutating func nextFields(
        _ bytes: RawSpan, into fields: inout FieldTable, bytesMax: Int, tooLarge: MessageFault
    ) throws(MessageFault) -> ParseProgress {
        while true {
            guard case .complete(let start, let end) = try nextLine(bytes, bytesMax: bytesMax, fault: tooLarge) else { return .needsMore }
            if start == end { return .complete }
            guard fields.count < Limits.fieldCountMax else { throw .fieldsTooMany }
            try Self.readField(bytes, start: start, end: end, into: &fields)
        }
    }

    /// Reads `name ":" OWS value OWS`. The line has no control bytes but tabs.
    @inline(__always)
    private static func readField(_ bytes: RawSpan, start: Int, end: Int, into fields: inout FieldTable) throws(MessageFault) {
        var colon = bytes.endOfPlainName(from: start)
        var hasUnderscore = false
        while colon < end, case let byte = bytes.byte(colon), ByteSet.token.contains(byte) {
            if byte == ASCII.underscore { hasUnderscore = true }
            colon &+= 1
        }
        guard colon < end, bytes.byte(colon) == ASCII.colon, colon > start else {
            throw fault(ofName: bytes, start: start, stop: colon, end: end)
        }
        let nameRange = start..<colon
        let name = hasUnderscore ? FieldName.underscored : FieldName(bytes, nameRange)
        fields.append(name, nameRange: nameRange, valueRange: bytes.trimmed(from: colon &+ 1, to: end))
    }

    private static func fault(ofName bytes: RawSpan, start: Int, stop: Int, end: Int) -> MessageFault {
        guard stop < end else { return .fieldNameMalformed }
        let byte = bytes.byte(stop)
        let isBlank = byte == ASCII.space || byte == ASCII.tab
        if stop == start {
            if isBlank { return .foldedLine }
            return byte == ASCII.colon ? .fieldNameEmpty : .fieldNameMalformed
        }
        let rest = bytes.trimmed(from: stop, to: end)
        return isBlank && rest.count > 0 && bytes.byte(rest.lowerBound) == ASCII.colon ? .spaceBeforeColon : .fieldNameMalformed
    }
}

/// What a look for a CRLF came to.
enum LineEnd {
    /// The offset of the CR.
    case found(Int)
    /// There is none yet; the next look may start at this offset.
    case needsMore(Int)
}

extension RawSpan {
    /// The first offset that is neither a letter nor a hyphen, as far as that can be told by whole words: the byte there decides. A line has
    /// its CR behind it, so that the offset is not behind the line.
    @inline(__always)
    fileprivate func endOfPlainName(from start: Int) -> Int {
        var offset = start
        while offset &+ 8 <= byteCount {
            let hits = Word.outsidePlainName(in: word(offset))
            if hits != 0 { return offset &+ Word.firstLane(hits) }
            offset &+= 8
        }
        return offset
    }

    /// Finds the first control byte other than a tab, which must be the CR of a CRLF.
    ///
    /// - Parameters:
    ///   - start: where to look from; what is before has been seen.
    ///   - bytesMax: the offset that the line, with its CRLF, may not pass.
    ///   - fault: what it is when it does.
    @inline(__always)
    func lineEnd(from start: Int, bytesMax: Int, fault: MessageFault) throws(MessageFault) -> LineEnd {
        let end = min(byteCount, bytesMax)
        let stop = firstControl(from: start, to: end)
        if stop &+ 1 < end {
            guard byte(stop) == ASCII.cr else { throw byte(stop) == ASCII.lf ? .bareLF : .controlByte }
            guard byte(stop &+ 1) == ASCII.lf else { throw .bareCR }
            return .found(stop)
        }
        // Nothing found, or a control byte in last place, which may be the CR of a CRLF to come.
        if stop < end, byte(stop) != ASCII.cr { throw byte(stop) == ASCII.lf ? .bareLF : .controlByte }
        guard end < bytesMax else { throw fault }
        return .needsMore(stop)
    }
}
