/// How one event loop is doing.
public struct LoopState: Hashable, Sendable {
    /// How long it took to get round to the question: what a request may have to wait.
    public let delay: Duration
    /// Downstream connections that it has.
    public let connectionsOpen: Int
}
