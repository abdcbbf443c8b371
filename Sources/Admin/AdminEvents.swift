/// A response that does not end by itself: server-sent events, one piece after the other (HTML Standard §9.2).
public struct AdminEvents: Sendable {
    /// Waits for the next piece; nil at the end. It is asked again only when the piece before has been sent, so that a slow reader never has
    /// more than one waiting.
    public let next: @Sendable () async -> [UInt8]?
    /// Nobody asks any more.
    public let end: @Sendable () async -> Void

    /// Makes one from its parts.
    public init(next: @escaping @Sendable () async -> [UInt8]?, end: @escaping @Sendable () async -> Void) {
        self.next = next
        self.end = end
    }
}
