internal import Synchronization

/// Values that are worth having once. Holds ``PKILimits/internedMax`` of them and then starts anew: forgetting costs memory and time,
/// nothing else.
final class InternTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let table = Mutex<[Key: Value]>([:])

    func value(for key: Key) -> Value? { table.withLock { $0[key] } }

    func remember(_ value: Value, for key: Key) {
        table.withLock { table in
            if table.count >= PKILimits.internedMax { table.removeAll(keepingCapacity: true) }
            table[key] = value
        }
    }

    /// The value held for the key, or the given one, which is then held.
    func shared(_ value: Value, for key: Key) -> Value {
        table.withLock { table in
            if let known = table[key] { return known }
            if table.count >= PKILimits.internedMax { table.removeAll(keepingCapacity: true) }
            table[key] = value
            return value
        }
    }
}
