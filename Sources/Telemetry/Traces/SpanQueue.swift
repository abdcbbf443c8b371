internal import Synchronization

/// Spans that wait to be sent. Bounded: beyond, new ones are dropped and counted, so that a collector which is away costs neither memory nor
/// time.
public final class SpanQueue: TraceSink {
    private struct State {
        var spans: [TraceSpan] = []
        var dropped: UInt64 = 0
        var waiter: AsyncStream<Void>.Continuation?
    }

    private let capacity: Int
    private let wakesAt: Int
    private let state = Mutex(State())

    /// An empty queue.
    ///
    /// - Parameters:
    ///   - capacity: spans that wait at most.
    ///   - wakesAt: spans at which ``filled()`` says so.
    public init(capacity: Int, wakesAt: Int) {
        self.capacity = capacity
        self.wakesAt = wakesAt
    }

    /// Takes spans, all or none.
    public func take(_ spans: [TraceSpan]) {
        state.withLock { state in
            guard state.spans.count + spans.count <= capacity else {
                state.dropped &+= UInt64(spans.count)
                return
            }
            state.spans += spans
            if state.spans.count >= wakesAt { state.waiter?.yield() }
        }
    }

    /// Hands out the oldest.
    public func remove(max count: Int) -> [TraceSpan] {
        state.withLock { state in
            let taken = Array(state.spans.prefix(count))
            state.spans.removeFirst(taken.count)
            return taken
        }
    }

    /// Takes back what ``remove(max:)`` gave, as the oldest; may go over the capacity by as much.
    public func putBack(_ spans: [TraceSpan]) {
        state.withLock { $0.spans.insert(contentsOf: spans, at: 0) }
    }

    /// Spans that wait.
    public var count: Int { state.withLock(\.spans.count) }

    /// Spans that found no room.
    public var droppedTotal: UInt64 { state.withLock(\.dropped) }

    /// Says whenever there are enough for a batch. For one reader.
    public func filled() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.waiter = continuation }
        return stream
    }
}
