internal import NIOCore

/// What is spent on challenges that a loop does not know, http-01 and tls-alpn-01 together. Any stranger can ask for them.
enum ChallengeLimits {
    /// Shortest token that is looked up: 128 bits in base64url. RFC 8555 §8.3.
    static let tokenBytesMin = 22
    /// Longest token. Beyond: it is unknown. CAs send 43 characters; this is as much as an order could carry.
    static let tokenBytesMax = 512
    /// Lookups at the same time, of all loops. Beyond: they wait for their turn. A few of the store's connections.
    static let lookupsAtOnceMax = 8
    /// Lookups that wait for their turn. Beyond: the token counts as unknown. What eight at a time can do in ``lookupTime``.
    static let lookupsWaitingMax = 256
    /// Lookups in a second, in the long run. Beyond: the token counts as unknown. Less than half of what the client of the API server sends;
    /// a leader issues at most 20 certificates at a time.
    static let lookupsPerSecond = 20.0
    /// Lookups at once after a pause: the names of a certificate are validated together, 100 at most.
    static let lookupsBurst = 100
    /// Requests that wait for lookups, of all loops. Beyond: the token counts as unknown. A CA asks from some five places at a time.
    static let waitersMax = 1024
    /// How long a request waits. Beyond: the token counts as unknown. CAs wait for about 10 s, and some of it is for the way.
    static let lookupTime = TimeAmount.milliseconds(2500)
    /// How long an answer is good for, twice as long at most; so a token that is stored a moment after the question is found soon.
    static let recentTime = TimeAmount.seconds(2)
    /// Answers remembered at a time. Beyond: the older half is forgotten.
    static let recentMax = 4096
    /// TLS contexts kept for tls-alpn-01. Beyond: the old ones go, or all. Some 20 KiB each; a leader works on 20 certificates of at most
    /// 100 names at a time.
    static let contextsMax = 256
    /// How long such a context is used. CAs look for some seconds, several times; the certificate is valid for much longer.
    static let contextTime = TimeAmount.minutes(10)
}
