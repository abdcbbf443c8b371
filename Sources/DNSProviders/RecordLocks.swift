internal import Synchronization

/// One change of a record set at a time: two that read, add a value and write it back would lose one of the values.
final class RecordLocks: Sendable {
    /// Who waits for each name that is being changed, in order.
    private let waiting = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs a change once all earlier ones of the same name are done. A cancelled task waits for its turn, too; changes are short.
    func serialised<Value: Sendable>(
        _ name: String, _ change: () async throws(DNSProviderError) -> Value
    ) async throws(DNSProviderError) -> Value {
        await enter(name)
        defer { leave(name) }
        return try await change()
    }

    private func enter(_ name: String) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[name] != nil else {
                    waiting[name] = []
                    return true
                }
                waiting[name]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave(_ name: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard waiting[name]?.isEmpty == false else {
                waiting[name] = nil
                return nil
            }
            return waiting[name]?.removeFirst()
        }
        next?.resume()
    }
}
