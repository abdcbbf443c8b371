/// Whether this process is the one that may act: write what only one may write, speak to a CA, publish status.
///
/// The answer is about now and is only worth something if it is asked for right before the act. What takes long asks again, and whatever
/// can be bound to the version of what was read is bound to it besides: nothing tells a process that it will be stopped for a minute
/// between the question and the act.
///
/// Here and not with the election, since who asks need not know of Kubernetes.
public protocol Leadership: Sendable {
    /// Whether this process leads, by a clock that also counts while the machine or the process is suspended.
    func isLeader() -> Bool

    /// The number of the present time in office, or nil when this process does not lead. Each is greater than the one before, so that
    /// work which was begun in an earlier one is told from work of this one.
    func term() -> UInt64?

    /// Whether it leads, now and after each change, none left out; ends with the election.
    func changes() -> AsyncStream<Bool>
}

extension Leadership {
    /// For those that lead once or always.
    public func term() -> UInt64? { isLeader() ? 0 : nil }
}

/// The leadership of a process that has no rivals, such as one that holds the lock of a state folder.
public struct AlwaysLeader: Leadership {
    /// Makes the one there is.
    public init() {}

    /// True.
    public func isLeader() -> Bool { true }

    /// True, once. The stream does not end by itself.
    public func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        continuation.yield(true)
        return stream
    }
}

/// What a task may still do, asked once more by whoever sends its requests: a request may wait for its turn, or be repeated after a pause,
/// long after the task asked whether this process leads.
public enum Fencing {
    /// Whether this task may still change anything; nil when nobody restricts it. Inherited by child tasks.
    @TaskLocal public static var permission: Permission?

    /// A question that may be asked again and again.
    ///
    /// A class of its own, not a closure: an optimized build of Swift 6.3.1 hands the wrong type of a task-local closure to the runtime, which
    /// then reads memory that is not there.
    public final class Permission: Sendable {
        private let ask: @Sendable () -> Bool

        /// Makes one from what answers.
        public init(_ ask: @escaping @Sendable () -> Bool) { self.ask = ask }

        /// Whether it still stands.
        public var isStanding: Bool { ask() }
    }
}
