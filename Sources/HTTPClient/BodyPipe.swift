internal import Synchronization

/// The body of a streamed answer on its way from the engine's thread to the task that reads it. Bounded: the engine stops reading
/// from the peer when it is full and goes on when the reader has taken half.
final class BodyPipe: Sendable {
    /// What a read finds.
    enum Next: Sendable {
        case chunk([UInt8])
        case end
        case failed(HTTPClientError)
    }

    fileprivate struct State {
        var chunks: [[UInt8]] = []
        /// How many of `chunks` were taken; they are dropped in bulk, so that taking one is cheap.
        var taken = 0
        var bufferedBytes = 0
        var isWriterWaiting = false
        var end: Next?
        var reader: CheckedContinuation<Next, Never>?
    }

    private let state = Mutex(State())

    /// Adds a chunk, or refuses it because the pipe is full; then the engine is asked to go on later. Engine's thread.
    func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let chunk = unsafe [UInt8](bytes)
        let (isTaken, reader) = state.withLock { state -> (Bool, CheckedContinuation<Next, Never>?) in
            if let reader = state.reader.take() { return (true, reader) }
            guard state.bufferedBytes < Limits.streamBufferBytesMax else {
                state.isWriterWaiting = true
                return (false, nil)
            }
            state.chunks.append(chunk)
            state.bufferedBytes += chunk.count
            return (true, nil)
        }
        reader?.resume(returning: .chunk(chunk))
        return isTaken
    }

    /// Ends the body; the first end counts. What came before is still read, unless nobody wants it any more. Engine's thread.
    func finish(_ result: Result<Void, HTTPClientError>) {
        let end: Next =
            switch result {
            case .success: .end
            case .failure(let error): .failed(error)
            }
        let reader = state.withLock { state -> CheckedContinuation<Next, Never>? in
            guard state.end == nil else { return nil }
            state.end = end
            if case .failure(let error) = result, error.code == .cancelled || error.code == .shutDown { state.drop() }
            return state.reader.take()
        }
        reader?.resume(returning: end)
    }

    /// Takes the next chunk or waits for it. One reader at a time.
    ///
    /// - Parameter onRoom: called when the engine waits for room and there is some again.
    func next(onRoom: () -> Void) async -> Next {
        await withCheckedContinuation { continuation in
            let (next, hasRoom) = state.withLock { state -> (Next?, Bool) in
                precondition(state.reader == nil, "two tasks read one HTTPStream at the same time")
                guard let next = state.take() else {
                    state.reader = continuation
                    return (nil, state.wakesWriter())
                }
                return (next, state.wakesWriter())
            }
            if hasRoom { onRoom() }
            if let next { continuation.resume(returning: next) }
        }
    }
}

extension BodyPipe.State {
    /// The next chunk, else the end, else nil.
    fileprivate mutating func take() -> BodyPipe.Next? {
        guard taken < chunks.count else { return end }
        let chunk = chunks[taken]
        chunks[taken] = []
        taken += 1
        bufferedBytes -= chunk.count
        if taken == chunks.count { drop() }
        return .chunk(chunk)
    }

    /// Whether the writer waits and may go on; it is told once.
    fileprivate mutating func wakesWriter() -> Bool {
        guard isWriterWaiting, bufferedBytes <= Limits.streamBufferBytesMax / 2 else { return false }
        isWriterWaiting = false
        return true
    }

    fileprivate mutating func drop() {
        chunks.removeAll(keepingCapacity: true)
        taken = 0
        bufferedBytes = 0
    }
}
