internal import Synchronization

/// A value that one thread makes once and one task waits for. The first value counts; the waiter is resumed exactly once.
final class Outcome<Value: Sendable>: Sendable {
    private enum State {
        case pending
        case awaited(CheckedContinuation<Value, Never>)
        case made(Value)
    }

    private let state = Mutex(State.pending)

    /// Stores the value, unless there is one already, and resumes the waiter. Any thread.
    func resolve(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .pending:
                state = .made(value)
                return nil
            case .awaited(let continuation):
                state = .made(value)
                return continuation
            case .made:
                return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// Waits for the value. One waiter at a time.
    func wait() async -> Value {
        await withCheckedContinuation { continuation in
            let value: Value? = state.withLock { state in
                switch state {
                case .pending:
                    state = .awaited(continuation)
                    return nil
                case .awaited:
                    preconditionFailure("two waiters for one outcome")
                case .made(let value):
                    return value
                }
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
