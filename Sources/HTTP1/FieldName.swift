/// The field names that the proxy gives a meaning; recognised once, while parsing.
///
/// Everything else is ``other`` and goes through unchanged. Raw values are bit positions, so there may be at most 64.
public enum FieldName: UInt8, Hashable, Sendable, CaseIterable {
    /// Any name without a case of its own.
    case other
    /// A name with an underscore. Dropped from requests: CGI-like backends read `X_Real_IP` and `X-Real-IP` as one variable.
    case underscored

    // Framing and routing.
    /// `Host`
    case host
    /// `Content-Length`
    case contentLength
    /// `Transfer-Encoding`
    case transferEncoding
    /// `Connection`
    case connection
    /// `Keep-Alive`
    case keepAlive
    /// `Proxy-Connection`
    case proxyConnection
    /// `Proxy-Authenticate`
    case proxyAuthenticate
    /// `Proxy-Authentication-Info`
    case proxyAuthenticationInfo
    /// `Proxy-Authorization`
    case proxyAuthorization
    /// `Proxy`, which CGI-like backends read as the variable HTTP_PROXY (CVE-2016-5385).
    case proxy
    /// `TE`
    case te
    /// `Trailer`
    case trailer
    /// `Upgrade`
    case upgrade
    /// `HTTP2-Settings`
    case http2Settings
    /// `Expect`
    case expect

    // Who asked, as told by proxies.
    /// `Forwarded`
    case forwarded
    /// `X-Forwarded-For`
    case xForwardedFor
    /// `X-Forwarded-Host`
    case xForwardedHost
    /// `X-Forwarded-Port`
    case xForwardedPort
    /// `X-Forwarded-Proto`
    case xForwardedProto
    /// `X-Forwarded-Scheme`
    case xForwardedScheme
    /// `X-Forwarded-Prefix`
    case xForwardedPrefix
    /// `X-Forwarded-Server`
    case xForwardedServer
    /// `X-Forwarded-Ssl`
    case xForwardedSSL
    /// `X-Scheme`
    case xScheme
    /// `X-Real-IP`
    case xRealIP
    /// `X-Request-ID`
    case xRequestID
    /// `traceparent`, W3C Trace Context.
    case traceparent
    /// `tracestate`
    case tracestate
    /// `X-Original-Forwarded-For`
    case xOriginalForwardedFor
    /// `X-Original-Forwarded-Host`
    case xOriginalForwardedHost

    // Never to be named away by Connection, or looked up by filters and logs.
    /// `Authorization`
    case authorization
    /// `Cookie`
    case cookie
    /// `Set-Cookie`
    case setCookie
    /// `Origin`
    case origin
    /// `Referer`
    case referer
    /// `User-Agent`
    case userAgent
    /// `Accept`
    case accept
    /// `Content-Type`
    case contentType
    /// `Content-Encoding`
    case contentEncoding
    /// `Cache-Control`
    case cacheControl
    /// `Date`
    case date
    /// `Server`
    case server
    /// `Location`
    case location
    /// `Strict-Transport-Security`
    case strictTransportSecurity
    /// `WWW-Authenticate`
    case wwwAuthenticate
}

/// A set of field names in one word.
struct FieldNameSet: Sendable, ExpressibleByArrayLiteral {
    private(set) var bits: UInt64

    @inline(__always)
    init(bits: UInt64 = 0) { self.bits = bits }

    @inline(__always)
    init(arrayLiteral names: FieldName...) { self.init(names) }

    init(_ names: [FieldName]) {
        bits = names.reduce(0) { $0 | 1 &<< UInt64($1.rawValue) }
    }

    @inline(__always)
    func contains(_ name: FieldName) -> Bool { (bits &>> UInt64(name.rawValue)) & 1 == 1 }

    @inline(__always)
    mutating func insert(_ name: FieldName) { bits |= 1 &<< UInt64(name.rawValue) }
}
