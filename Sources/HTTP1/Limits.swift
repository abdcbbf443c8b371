/// The bounds of this module. What goes beyond one is refused before anything is forwarded, with the status named here.
///
/// Where a number follows nginx, the source is its documentation of `large_client_header_buffers` (4 × 8 KiB).
public enum Limits {
    /// A whole head: start line, fields, line ends, the empty line, and empty lines before a request. Beyond: 431 (RFC 6585 §5) for a
    /// request, 502 for a response. nginx takes 4 × 8 KiB. Offsets within a head are kept in 16 bits, so this may not pass 65,535.
    public static let headBytesMax = 32 * 1024
    /// A request line without its CRLF. Beyond: 414 (RFC 9110 §15.5.15). One of nginx's large buffers; RFC 9112 §3 asks for at least 8,000.
    public static let requestLineBytesMax = 8 * 1024
    /// A method. Beyond: 501 (RFC 9112 §3). The longest registered one, UPDATEREDIRECTREF, has 17 bytes.
    public static let methodBytesMax = 32
    /// Field lines of one head or one trailer section. Beyond: 431. As HAProxy's `tune.http.maxhdr` and Go's habit; browsers send about 20.
    public static let fieldCountMax = 100
    /// Empty lines (CRLF) skipped before a request line, which old clients send after a body. RFC 9112 §2.2 asks for at least one. Beyond: 400.
    public static let emptyLinesMax = 2
    /// Interim responses to one request. Beyond: 502. An upstream could otherwise hold an exchange open for ever without ever answering. One 100
    /// and one or two 103 are what there is in practice.
    public static let interimResponsesMax = 32
    /// A host without its port. Beyond: 400. RFC 1035 §2.3.4 allows 253 characters, plus a trailing dot.
    public static let hostBytesMax = 254
    /// The largest Content-Length, chunk, or sum of chunks that is taken. Beyond: 400 or 502. Sums of offsets then stay within `Int`.
    public static let bodyBytesMax = UInt64(Int64.max) / 2
    /// Digits of a Content-Length, leading zeros included. Beyond: 400 or 502. ``bodyBytesMax`` has 19.
    public static let contentLengthDigitsMax = 19
    /// Options of all `Connection` fields of one head. Beyond: 400 or 502. Each may name a field to remove, so the work is options × fields.
    public static let connectionOptionsMax = 16
    /// An `X-Request-ID` that is taken over from downstream. A longer one is replaced. A UUID has 36 bytes, a trace context 55.
    public static let requestIDBytesMax = 128
    /// Hexadecimal digits of a chunk size, leading zeros included. Beyond: 400 or 502. ``bodyBytesMax`` has 16.
    public static let chunkSizeDigitsMax = 16
    /// A chunk-size line with its extensions, without its CRLF. Beyond: 400 or 502. Extensions are rare, and signatures in them (AWS) take 85 bytes.
    public static let chunkLineBytesMax = 256
    /// Chunk extensions of one body in all. Beyond: 400 or 502. Keeps one-byte chunks from costing 250 bytes each (CVE-2023-39326 in Go).
    public static let chunkExtensionBytesMax = 16 * 1024
    /// A trailer section with its empty line. Beyond: 431 or 502. A quarter of a head; gRPC sends about 50 bytes.
    public static let trailerBytesMax = 8 * 1024
}
