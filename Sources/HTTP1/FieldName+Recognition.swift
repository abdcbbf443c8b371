/// Recognition by length, then by words of eight bytes; the texts fold into constants when optimised.
extension FieldName {
    /// Which name a range of token characters is, without regard to case.
    @inline(__always)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        self = Self.recognised(bytes, FoldedName(bytes, range))
    }

    @inline(__always)
    private static func recognised(_ bytes: RawSpan, _ name: FoldedName) -> FieldName {
        switch name.count {
        case 2:
            if name.reads(bytes, "te") { return .te }
        case 4:
            if name.reads(bytes, "host") { return .host }
            if name.reads(bytes, "date") { return .date }
        case 5:
            if name.reads(bytes, "proxy") { return .proxy }
        case 6:
            if name.reads(bytes, "expect") { return .expect }
            if name.reads(bytes, "cookie") { return .cookie }
            if name.reads(bytes, "origin") { return .origin }
            if name.reads(bytes, "accept") { return .accept }
            if name.reads(bytes, "server") { return .server }
        case 7:
            if name.reads(bytes, "trailer") { return .trailer }
            if name.reads(bytes, "upgrade") { return .upgrade }
            if name.reads(bytes, "referer") { return .referer }
        case 8:
            if name.reads(bytes, "x-scheme") { return .xScheme }
            if name.reads(bytes, "location") { return .location }
        case 9:
            if name.reads(bytes, "forwarded") { return .forwarded }
            if name.reads(bytes, "x-real-ip") { return .xRealIP }
        case 10:
            if name.reads(bytes, "connection") { return .connection }
            if name.reads(bytes, "keep-alive") { return .keepAlive }
            if name.reads(bytes, "set-cookie") { return .setCookie }
            if name.reads(bytes, "user-agent") { return .userAgent }
            if name.reads(bytes, "tracestate") { return .tracestate }
        case 11:
            if name.reads(bytes, "traceparent") { return .traceparent }
        case 12:
            if name.reads(bytes, "x-request-id") { return .xRequestID }
            if name.reads(bytes, "content-type") { return .contentType }
        case 13:
            if name.reads(bytes, "authorization") { return .authorization }
            if name.reads(bytes, "cache-control") { return .cacheControl }
        case 14:
            if name.reads(bytes, "content-length") { return .contentLength }
            if name.reads(bytes, "http2-settings") { return .http2Settings }
        case 15:
            if name.reads(bytes, "x-forwarded-for") { return .xForwardedFor }
            if name.reads(bytes, "x-forwarded-ssl") { return .xForwardedSSL }
        case 16:
            if name.reads(bytes, "proxy-connection") { return .proxyConnection }
            if name.reads(bytes, "x-forwarded-host") { return .xForwardedHost }
            if name.reads(bytes, "x-forwarded-port") { return .xForwardedPort }
            if name.reads(bytes, "content-encoding") { return .contentEncoding }
            if name.reads(bytes, "www-authenticate") { return .wwwAuthenticate }
        case 17:
            if name.reads(bytes, "transfer-encoding") { return .transferEncoding }
            if name.reads(bytes, "x-forwarded-proto") { return .xForwardedProto }
        case 18:
            if name.reads(bytes, "proxy-authenticate") { return .proxyAuthenticate }
            if name.reads(bytes, "x-forwarded-scheme") { return .xForwardedScheme }
            if name.reads(bytes, "x-forwarded-prefix") { return .xForwardedPrefix }
            if name.reads(bytes, "x-forwarded-server") { return .xForwardedServer }
        case 19:
            if name.reads(bytes, "proxy-authorization") { return .proxyAuthorization }
        case 24:
            if name.reads(bytes, "x-original-forwarded-for") { return .xOriginalForwardedFor }
        case 25:
            if name.reads(bytes, "proxy-authentication-info") { return .proxyAuthenticationInfo }
            if name.reads(bytes, "x-original-forwarded-host") { return .xOriginalForwardedHost }
            if name.reads(bytes, "strict-transport-security") { return .strictTransportSecurity }
        default: return .other
        }
        return .other
    }
}

/// A name of token characters with bit 5 of each byte set: lower case for letters, no change for digits and the hyphen. No token character
/// but a letter becomes a letter, a digit or a hyphen by it.
private struct FoldedName {
    let start: Int
    let count: Int
    /// The first eight bytes, or all of them above zeros.
    let head: UInt64

    private static var fold: UInt64 { Word.repeated(0x20) }

    @inline(__always)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        start = range.lowerBound
        count = range.count
        if start &+ 8 <= bytes.byteCount {
            let unused = UInt64(8 &- min(count, 8)) &* 8
            head = ((bytes.word(start) | Self.fold) &<< unused) &>> unused
        } else {
            var word: UInt64 = 0
            for index in 0..<count { word |= UInt64(bytes.byte(start &+ index) | 0x20) &<< UInt64(index &* 8) }
            head = word
        }
    }

    /// Whether the name is a text of the same length, which is in lower case.
    @inline(__always)
    func reads(_ bytes: RawSpan, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard head == Self.word(of: text, at: 0, count: min(length, 8)) else { return false }
        guard length > 8 else { return true }
        var offset = 8
        while offset &+ 8 < length {
            guard bytes.word(start &+ offset) | Self.fold == Self.word(of: text, at: offset, count: 8) else { return false }
            offset &+= 8
        }
        return bytes.word(start &+ length &- 8) | Self.fold == Self.word(of: text, at: length &- 8, count: 8)
    }

    @inline(__always)
    private static func word(of text: StaticString, at offset: Int, count: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<count {
            word |= UInt64(text.byte(offset &+ index)) &<< UInt64(index &* 8)
        }
        return word
    }
}
