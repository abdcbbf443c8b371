/// `method SP request-target SP HTTP-version`. RFC 9112 §3.
struct RequestLine {
    let method: Method
    let methodRange: Range<Int>
    let version: ProtocolVersion
    let form: TargetForm
    let target: Range<Int>
    /// Path and query; of an absolute target without a path it starts at the query or is empty.
    let path: Range<Int>
    /// Of an absolute target and of CONNECT.
    let authority: Authority?

    /// SP, eight bytes of version.
    private static let versionBytes = 9

    /// Reads a line without its CRLF and without control bytes but tabs.
    @inline(__always)
    init(_ bytes: RawSpan, start: Int, end: Int) throws(MessageFault) {
        var offset = start
        while offset < end, ByteSet.token.contains(bytes.byte(offset)) { offset &+= 1 }
        guard offset > start else { throw .methodMalformed }
        guard offset &- start <= Limits.methodBytesMax else { throw .methodTooLong }
        guard offset < end else { throw .requestLineMalformed }
        guard bytes.byte(offset) == ASCII.space else { throw .methodMalformed }
        methodRange = start..<offset
        method = Method(bytes, start..<offset)

        let targetStart = offset &+ 1
        let targetEnd = bytes.endOfTarget(from: targetStart, to: end)
        guard targetEnd < end else { throw .requestLineMalformed }
        guard bytes.byte(targetEnd) == ASCII.space, targetEnd > targetStart else { throw .targetMalformed }
        target = targetStart..<targetEnd
        version = try ProtocolVersion(bytes, targetEnd &+ 1..<end)
        if bytes.byte(targetStart) == ASCII.slash, method != .connect {
            form = .origin
            path = target
            authority = nil
        } else {
            (form, path, authority) = try Self.splitTarget(bytes, target, method)
        }
    }

    /// The three forms that are not a path.
    private static func splitTarget(
        _ bytes: RawSpan, _ target: Range<Int>, _ method: Method
    ) throws(MessageFault) -> (TargetForm, Range<Int>, Authority?) {
        if method == .connect {
            guard let authority = Authority(bytes, target) else { throw .targetMalformed }
            return (.authority, target.upperBound..<target.upperBound, authority)
        }
        if target.count == 1, bytes.byte(target.lowerBound) == UInt8(ascii: "*") {
            guard method == .options else { throw .targetMalformed }
            return (.asterisk, target, nil)
        }
        var start = target.lowerBound
        for scheme in ["http://", "https://"] as [StaticString] {
            let length = scheme.utf8CodeUnitCount
            if target.count > length, bytes.matches(start..<start + length, scheme) {
                start += length
                break
            }
        }
        guard start > target.lowerBound else { throw .targetMalformed }
        var end = start
        while end < target.upperBound, bytes.byte(end) != ASCII.slash, bytes.byte(end) != UInt8(ascii: "?") { end += 1 }
        guard let authority = Authority(bytes, start..<end) else { throw .hostMalformed }
        return (.absolute, end..<target.upperBound, authority)
    }
}

extension RawSpan {
    /// The first offset that a request target may not have, which is a space when all is well, or the end of the range.
    ///
    /// Bytes that RFC 3986 excludes but clients send (`"<>\^{|}` and the backquote) are let through, as nginx does; the target is handed
    /// on unchanged.
    @inline(__always)
    fileprivate func endOfTarget(from start: Int, to end: Int) -> Int {
        var offset = start
        while offset &+ 8 <= end {
            let hits = Word.outsideTarget(in: word(offset))
            if hits != 0 { return offset &+ Word.firstLane(hits) }
            offset &+= 8
        }
        while offset < end, case let byte = byte(offset), byte > 0x20, byte < 0x7F, byte != ASCII.numberSign { offset &+= 1 }
        return offset
    }
}

extension ProtocolVersion {
    /// Reads `HTTP/1.0` or `HTTP/1.1`. RFC 9112 §2.3.
    @inline(__always)
    init(_ bytes: RawSpan, _ range: Range<Int>) throws(MessageFault) {
        guard range.count == 8 else { throw .versionMalformed }
        switch bytes.word(range.lowerBound) {
        case 0x312E_312F_5054_5448: self = .http11  // "HTTP/1.1", first byte lowest
        case 0x302E_312F_5054_5448: self = .http10
        case let word:
            // The same with the two digits taken out.
            guard word & 0x00FF_00FF_FFFF_FFFF == 0x002E_002F_5054_5448, Self.isDigit(word &>> 40), Self.isDigit(word &>> 56) else {
                throw .versionMalformed
            }
            throw .versionUnsupported
        }
    }

    private static func isDigit(_ word: UInt64) -> Bool { (ASCII.zero...ASCII.nine).contains(UInt8(truncatingIfNeeded: word)) }
}

extension Method {
    @inline(__always)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        self =
            switch range.count {
            case 3 where bytes.equals(range, "GET"): .get
            case 3 where bytes.equals(range, "PUT"): .put
            case 4 where bytes.equals(range, "POST"): .post
            case 4 where bytes.equals(range, "HEAD"): .head
            case 5 where bytes.equals(range, "PATCH"): .patch
            case 5 where bytes.equals(range, "TRACE"): .trace
            case 6 where bytes.equals(range, "DELETE"): .delete
            case 7 where bytes.equals(range, "OPTIONS"): .options
            case 7 where bytes.equals(range, "CONNECT"): .connect
            default: .other
            }
    }
}
