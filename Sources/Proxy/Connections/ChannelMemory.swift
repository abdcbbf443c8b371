internal import NIOCore

/// How much memory the channels use.
enum ChannelMemory {
    /// Sizes of the buffer that a channel reads into. It starts small because most connections are idle most of the time, and grows while
    /// more arrives than it holds. The upper end is also what goes out in one flush, and the TLS library never gives memory back that
    /// it once needed for a flush.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 2048, maximum: 32 * 1024)
}
