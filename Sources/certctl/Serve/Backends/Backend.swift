internal import Core
internal import Issuance
internal import Store

/// What lies under a server: the store, who of several processes may write to it, and what else there is to tell or to end.
protocol Backend: Sendable {
    var store: any Store { get }
    /// Whether this process issues.
    var leadership: any Leadership { get }
    /// Whether other processes may store challenge tokens, so that one which is not known yet is worth a look.
    var isShared: Bool { get }
    /// The admin API listens; nothing is served yet.
    func opened(admin: ListenAddress) async throws
    /// Takes part in the election and reports what issuance does, until cancelled. Issuance has ended by then.
    func run(_ issuance: IssuanceController) async
    /// Ends all streams and writes.
    func shutdown() async
}

/// The leadership of a process that only looks on.
struct NeverLeader: Leadership {
    func isLeader() -> Bool { false }

    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        continuation.yield(false)
        return stream
    }
}
