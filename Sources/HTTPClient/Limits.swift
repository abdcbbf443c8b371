/// What this module allows a peer or a caller to use up. Sizes in bytes.
enum Limits {
    /// All header lines of one answer with their line ends: interim answers (1xx), the final head and trailers together. Beyond:
    /// ``HTTPClientError/Code/headTooLarge(limitBytes:)`` and the connection is closed. Twice nginx's default of 4 × 8 KiB.
    static let headBytesMax = 64 * 1024
    /// Body bytes of a streamed answer that wait for the consumer. Beyond: reading from the peer stops until half of them are taken,
    /// so that memory stays bounded and TCP slows the peer down. Sixteen of libcurl's 16 KiB reads.
    static let streamBufferBytesMax = 256 * 1024
    /// Body bytes of a streamed request that wait for the network. Beyond: the producer is suspended. libcurl's upload buffer is 64 KiB.
    static let uploadBufferBytesMax = 256 * 1024
    /// Bytes of a URL. Beyond: refused. RFC 9110 §4.1 asks for at least 8,000.
    static let urlBytesMax = 16 * 1024
    /// Bytes of a method. Beyond: refused. The longest registered one, `UPDATEREDIRECTREF`, has 17.
    static let methodBytesMax = 32
    /// Bytes of all header fields of a request. Beyond: refused. As ``headBytesMax``: servers accept less.
    static let requestHeadBytesMax = 64 * 1024
    /// Redirects that a request may ask for. Beyond: refused. The number of the Fetch standard (§4.4).
    static let redirectsMax = 20
    /// Bytes of a peer's or library's words that go into an error. Beyond: cut.
    static let wordsBytesMax = 256
}
