internal import Synchronization

/// Hands updates to any number of readers, each at its own pace: what a reader has not taken yet is joined into one update.
package final class UpdateBroadcast: Sendable {
    private struct State {
        var current: StoreUpdate?
        var isFinished = false
        var readers: [WeakReader] = []
    }

    private struct WeakReader: Sendable {
        weak let reader: UpdateReader?
    }

    private let state = Mutex(State())

    /// Makes one without an update.
    package init() {}

    /// A stream that starts with everything there is, as soon as there is something.
    package func stream() -> AsyncStream<StoreUpdate> {
        let reader = UpdateReader()
        state.withLock { state in
            if var first = state.current {
                first.changed = ChangeSet(isEverything: true)
                reader.deliver(first)
            }
            if state.isFinished { reader.finish() }
            state.readers.removeAll { $0.reader == nil }
            state.readers.append(WeakReader(reader: reader))
        }
        return AsyncStream(unfolding: { await reader.next() }, onCancel: { reader.finish() })
    }

    /// Updates reach every reader in the order of the calls.
    package func send(_ update: StoreUpdate) {
        state.withLock { state in
            state.current = update
            for entry in state.readers { entry.reader?.deliver(update) }
        }
    }

    /// Ends every stream once its reader has taken what is waiting.
    package func finish() {
        state.withLock { state in
            state.isFinished = true
            for entry in state.readers { entry.reader?.finish() }
        }
    }
}

/// One reader's place: at most one update waits in it.
private final class UpdateReader: Sendable {
    private struct State {
        var waiting: StoreUpdate?
        var isFinished = false
        var continuation: CheckedContinuation<StoreUpdate?, Never>?
    }

    private let state = Mutex(State())

    func deliver(_ update: StoreUpdate) {
        let resumed = state.withLock { state -> CheckedContinuation<StoreUpdate?, Never>? in
            if let continuation = state.continuation {
                state.continuation = nil
                return continuation
            }
            state.waiting = state.waiting?.merged(with: update) ?? update
            return nil
        }
        resumed?.resume(returning: update)
    }

    func next() async -> StoreUpdate? {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> StoreUpdate?? in
                if let update = state.waiting {
                    state.waiting = nil
                    return .some(update)
                }
                if state.isFinished { return .some(nil) }
                state.continuation = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    func finish() {
        let resumed = state.withLock { state in
            state.isFinished = true
            defer { state.continuation = nil }
            return state.continuation
        }
        resumed?.resume(returning: nil)
    }
}
