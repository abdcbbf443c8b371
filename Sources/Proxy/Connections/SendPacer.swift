/// Decides from the outside when a channel holds too much that its peer has not taken.
///
/// The channel's own watermark counts bytes. That is not enough for many small sends: each may hold on to a whole buffer of up to 64 KiB
/// (the TLS library's, or the loop's). So every so many sends one is watched, and until it has got through nothing more is sent.
struct SendPacer {
    /// What the channel's watermark says.
    var isChannelWritable = true
    /// Whether a watched send has not got through yet.
    var isBarrierOpen = false
    private var sendsSinceBarrier: UInt8 = 0

    /// Whether the source of what is sent should stop.
    var isBlocked: Bool { !isChannelWritable || isBarrierOpen }

    /// Counts a send; true when it is one to watch.
    @inline(__always)
    mutating func countSend() -> Bool {
        sendsSinceBarrier &+= 1
        guard sendsSinceBarrier >= Self.sendsPerBarrier else { return false }
        sendsSinceBarrier = 0
        return true
    }

    /// Bounds what is held to 16 × 64 KiB, mostly to a quarter of that; the watching costs 0.4 us, a sixteenth of it per send.
    static let sendsPerBarrier: UInt8 = 16
}
