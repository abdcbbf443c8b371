internal import Synchronization

/// Spreads pure work over threads of our own.
enum ParallelMap {
    private final class Shared<Value: Sendable>: Sendable {
        let next = Atomic(0)
        let results: Mutex<[(index: Int, value: Value)]> = Mutex([])
    }

    /// The values of `body` for `0..<count` in that order. The calling thread works too.
    static func map<Value: Sendable>(_ count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Value) -> [Value] {
        guard threads > 1, count > 1 else { return (0..<count).map(body) }
        let shared = Shared<Value>()
        let work: @Sendable () -> Void = {
            var own: [(index: Int, value: Value)] = []
            while true {
                let index = shared.next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { break }
                own.append((index, body(index)))
            }
            shared.results.withLock { $0.append(contentsOf: own) }
        }
        // Without room for further threads the calling one does it all.
        let helpers = (1..<min(threads, count)).compactMap { _ in try? NamedThread("certctl-parse", run: work) }
        work()
        for helper in helpers { helper.join() }
        return shared.results.withLock { results in
            results.sort { $0.index < $1.index }
            return results.map(\.value)
        }
    }
}
