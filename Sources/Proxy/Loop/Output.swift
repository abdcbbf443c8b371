internal import NIOCore

/// Bytes on their way out, and whose memory they are in.
struct Output {
    /// What is to be sent.
    var bytes: ByteBuffer
    /// Whether the loop has the memory back afterwards.
    let isLoops: Bool

    /// Without memory, for one large piece that goes out in the memory that it came in.
    static var handedOver: Output { Output(bytes: ByteBuffer(), isLoops: false) }
}
