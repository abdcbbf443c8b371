internal import NIOCore

/// The timeouts of the configuration in ticks of the wheel, rounded up.
struct TimeoutTicks {
    let handshake: UInt64
    let requestHead: UInt64
    let requestBody: UInt64
    let downstreamSend: UInt64
    let keepAlive: UInt64
    let lingering: UInt64
    let upstreamRead: UInt64
    let upstreamSend: UInt64
    let upstreamKeepAlive: UInt64
    let upstreamAge: UInt64
    let namedUpstreamAge: UInt64

    init(_ timeouts: ProxyTimeouts) {
        handshake = Self.ticks(timeouts.handshake)
        requestHead = Self.ticks(timeouts.requestHead)
        requestBody = Self.ticks(timeouts.requestBody)
        downstreamSend = Self.ticks(timeouts.downstreamSend)
        keepAlive = Self.ticks(timeouts.keepAlive)
        lingering = Self.ticks(timeouts.lingering)
        upstreamRead = Self.ticks(timeouts.upstreamRead)
        upstreamSend = Self.ticks(timeouts.upstreamSend)
        upstreamKeepAlive = Self.ticks(timeouts.upstreamKeepAlive)
        upstreamAge = Self.ticks(timeouts.upstreamAge)
        namedUpstreamAge = Self.ticks(timeouts.namedUpstreamAge)
    }

    /// One tick.
    static let step = TimeAmount(ProxyTimeouts.step)

    private static func ticks(_ duration: Duration) -> UInt64 {
        let nanoseconds = max(TimeAmount(duration).nanoseconds, 0)
        return UInt64((nanoseconds + step.nanoseconds - 1) / step.nanoseconds)
    }
}
