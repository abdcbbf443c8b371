internal import Core
internal import Synchronization

/// One time in office, as the work that was begun in it sees it. Once it is over it stays over: what was begun by it never goes on in a
/// later one of the same process, when another may have acted in between.
final class LeadershipFence: Sendable {
    private let leadership: any Leadership
    private let term: UInt64?
    private let isBroken: Mutex<Bool>

    /// The present time in office, if there is one.
    init(_ leadership: any Leadership) {
        self.leadership = leadership
        let term = leadership.term()
        self.term = term
        isBroken = Mutex(term == nil)
    }

    /// Whether it still goes on. To be asked right before each act.
    var isStanding: Bool {
        let stands = leadership.isLeader() && leadership.term() == term
        return isBroken.withLock { isBroken in
            if !stands { isBroken = true }
            return !isBroken
        }
    }

    /// What is said when it is not.
    static let refusal = "this process is not the leader any more"
}
