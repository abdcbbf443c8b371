/// What differs from route to route when a request is sent upstream. Made once per route or connection, not per message.
public struct UpstreamRequestOptions: Sendable {
    /// In place of the Host that came (`upstream-vhost`).
    public var authority: FieldValue?
    /// Host of an HTTP/1.0 request that brought none; HTTP/1.1 upstream needs one.
    public var authorityIfMissing: FieldValue?
    /// In place of the target that came; origin-form. Checked by ``RewrittenTarget``.
    public var target: RewrittenTarget?
    /// Fields to set and to remove.
    public var edits = FieldEdits()
    /// Whether an upgrade that the request asks for is passed on.
    public var forwardsUpgrade = true
    /// Whether the connection is to be kept after the response; else `Connection: close` is sent.
    public var keepAlive = true

    /// The usual: nothing replaced, upgrades passed on, connection kept.
    public init() {}
}

/// An origin-form target that can be written into a request line. RFC 9112 §3.2.1.
public struct RewrittenTarget: Hashable, Sendable {
    /// The bytes.
    public let bytes: [UInt8]

    /// Checks a target.
    ///
    /// - Returns: nil unless it starts with `/` and has neither spaces, control or non-ASCII bytes nor a fragment, within
    ///   ``Limits/requestLineBytesMax``.
    public init?(bytes: [UInt8]) {
        guard bytes.first == ASCII.slash, bytes.count <= Limits.requestLineBytesMax,
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != ASCII.numberSign })
        else { return nil }
        self.bytes = bytes
    }
}

/// 128 random bits for the `X-Request-ID` of a request that brings none of its own; written as 32 hexadecimal digits.
public struct RequestIDSeed: Hashable, Sendable {
    /// The first 16 digits.
    public let high: UInt64
    /// The last 16 digits.
    public let low: UInt64

    /// Takes the bits as they are.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
