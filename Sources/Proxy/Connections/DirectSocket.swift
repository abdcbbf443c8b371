internal import Glibc
internal import NIOCore

/// Hands bytes to the kernel past the channel's queue of pending writes, as long as nothing is in that queue.
///
/// Nearly every write of a proxy finds room in the socket's buffer. The queue then costs more than the system call's own way into the
/// kernel: promises, a ring of entries, a second walk through the pipeline for the flush. What the kernel does not take at once, and
/// every error, goes the channel's way, which knows what to do about it.
struct DirectSocket {
    private let descriptor: NIOBSDSocket.Handle
    private let channel: any Channel
    /// Whether bytes may be in the channel's queue, which must go first.
    private(set) var usesQueue = false

    /// The socket of a channel; nil when the channel has none to show.
    init?(of channel: any Channel) {
        // The pipeline's own `withUnsafeTransportIfAvailable` asks for the protocol with its associated type, a cast that the runtime
        // does not remember: 13,000 instructions for each connection.
        guard let core = channel._channelCore as? any NIOTransportAccessibleChannelCore, let descriptor = Self.descriptor(of: core)
        else { return nil }
        self.descriptor = descriptor
        self.channel = channel
    }

    private static func descriptor(of core: some NIOTransportAccessibleChannelCore) -> NIOBSDSocket.Handle? {
        try? core.withUnsafeTransport { $0 as? NIOBSDSocket.Handle }
    }

    /// Sends bytes, or as many of them as the kernel takes.
    ///
    /// - Parameter bytes: what is left of them afterwards is the channel's to send, at once and before anything else.
    /// - Returns: whether nothing is left.
    @inline(__always)
    mutating func send(_ bytes: inout ByteBuffer) -> Bool {
        // A channel that has closed its socket is never active; the number may be another connection's by then.
        guard channel.isActive, !usesQueue || isQueueEmpty else { return false }
        let sent = unsafe bytes.withUnsafeReadableBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Self.flags) }
        if sent == bytes.readableBytes { return true }
        if sent > 0 { bytes.moveReaderIndex(forwardBy: sent) }
        usesQueue = true
        return false
    }

    /// Looked at only after the kernel has refused something.
    private var isQueueEmpty: Bool {
        mutating get {
            usesQueue = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) != 0
            return !usesQueue
        }
    }

    private static let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
}
