public import Core
internal import FoundationEssentials
internal import Glibc
public import Logging
internal import Synchronization

/// Takes part in the election of the one process that may act, by a Lease (`coordination.k8s.io/v1`), under client-go's rules.
///
/// ``isLeader()`` goes by a clock and needs no task to run: it is false as soon as the renew deadline has passed since the last renewal
/// that succeeded was sent, also in a process that was stopped meanwhile. A process that ends first ends what it does as the leader, then
/// cancels ``run()``, which gives the Lease back.
public final class LeaseElector: Leadership {
    /// Who this process is in the Lease: `HOST_UUID`, another one in each process.
    public let identity: String
    private let requests: any LeaseRequests
    private let timing: ElectionTiming
    private let time: any TimeSource
    private let clock: @Sendable () -> Duration
    private let logger: Logger
    private let shared: Mutex<Shared>

    private struct Shared {
        var machine: ElectionMachine
        /// The term that the streams and the log know of.
        var published: UInt64?
        var holder: String?
        var failure: String?
        var readers: [Int: AsyncStream<Bool>.Continuation] = [:]
        var readersMade = 0
        var isOver = false
    }

    /// Makes a member; it takes no part before ``run()``.
    ///
    /// - Parameters:
    ///   - lease: Where the Lease is, or will be.
    ///   - time: Stamps the Lease, and waits.
    ///   - clock: Tells how long something takes; must count while the process or the machine is suspended.
    public convenience init(
        client: APIClient, lease: NamespacedName, timing: ElectionTiming = .standard, time: any TimeSource = SystemTime(),
        clock: @escaping @Sendable () -> Duration = BootClock.now, logger: Logger
    ) {
        self.init(
            LeaseClient(client: client, name: lease, timeout: timing.requestTimeout), identity: Self.makeIdentity(), timing: timing,
            time: time, clock: clock, logger: logger)
    }

    init(
        _ requests: any LeaseRequests, identity: String, timing: ElectionTiming = .standard, time: any TimeSource,
        clock: @escaping @Sendable () -> Duration, logger: Logger
    ) {
        self.identity = identity
        self.requests = requests
        self.timing = timing
        self.time = time
        self.clock = clock
        self.logger = logger
        shared = Mutex(Shared(machine: ElectionMachine(identity: identity, timing: timing)))
    }

    // MARK: Leadership

    /// Whether this process leads at this moment.
    public func isLeader() -> Bool { term() != nil }

    /// The number of the present time in office, or nil.
    public func term() -> UInt64? { shared.withLock { $0.machine.term(at: clock()) } }

    /// Whether it leads, now and after each change. A time in office that ended unseen, in a process that was stopped, shows as `false`
    /// before the `true` of the next one. Changes come seconds apart, so nothing bounds what a reader that does not read piles up.
    public func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        shared.withLock { shared in
            continuation.yield(shared.published != nil)
            guard !shared.isOver else { return continuation.finish() }
            shared.readersMade += 1
            let number = shared.readersMade
            shared.readers[number] = continuation
            continuation.onTermination = { [weak self] _ in
                // Not now: the lock may be held by whoever ends the stream.
                Task { self?.forget(number) }
            }
        }
        return stream
    }

    /// Who holds the Lease, as far as was seen; nil before it was read, empty when nobody does.
    public var holder: String? { shared.withLock { $0.holder } }

    private func forget(_ reader: Int) { shared.withLock { $0.readers[reader] = nil } }

    // MARK: Running

    /// Takes part until the task is cancelled, then gives the Lease back if it has it. From that moment it does not lead; whatever it did
    /// as the leader must have ended by then.
    ///
    /// May be called once. Ends after at most three times half the renew deadline, if the API server does not answer.
    public func run() async {
        var action = apply(.due)
        while !Task.isCancelled { action = await perform(action) }
        // What is left to do has to be done although this task is cancelled.
        await Task {
            var action = apply(.shutdown)
            while true {
                if case .stop = action { return }
                action = await perform(action)
            }
        }.value
        shared.withLock { shared in
            shared.isOver = true
            for reader in shared.readers.values { reader.finish() }
            shared.readers = [:]
        }
    }

    private func perform(_ action: ElectionMachine.Action) async -> ElectionMachine.Action {
        switch action {
        case .none, .stop: return .stop
        case .wait(let duration):
            do { try await time.sleep(for: duration) } catch { return action }
            return apply(.due)
        case .read:
            return await ask { () async throws(APIError) in try await requests.read().map { .found($0) } ?? .absent }
        case .create(let record):
            return await ask { () async throws(APIError) in .written(try await requests.create(record)) }
        case .update(let record, let lease):
            return await ask { () async throws(APIError) in .written(try await requests.update(record, over: lease)) }
        }
    }

    private func ask(_ request: () async throws(APIError) -> ElectionMachine.Event) async -> ElectionMachine.Action {
        do throws(APIError) {
            let event = try await request()
            note(nil)
            return apply(event)
        } catch {
            switch error.code {
            case .conflict, .alreadyExists, .notFound: return apply(.conflict)
            case .unauthorized, .forbidden, .invalid, .badRequest, .gone, .tooManyRequests, .serverError, .timeout, .unreachable,
                .badResponse, .configuration, .cancelled, .closed:
                if error.code != .cancelled { note(error) }
                return apply(.failed)
            }
        }
    }

    private func apply(_ event: ElectionMachine.Event) -> ElectionMachine.Action {
        let stamp = MicroTime.text(time.now())
        let (action, change) = shared.withLock { shared in
            let action = shared.machine.apply(event, now: clock(), time: stamp, draw: .random(in: 0...1))
            return (action, publish(&shared))
        }
        if let change { tell(change) }
        return action
    }

    // MARK: Telling others

    private struct Change {
        let before: UInt64?
        let after: UInt64?
        /// Set when it is somebody else than before.
        let holder: String?
    }

    private func publish(_ shared: inout Shared) -> Change? {
        let before = shared.published
        let after = shared.machine.tenure?.term
        let holder = shared.machine.observed?.lease.record.holderIdentity
        let isNewHolder = holder != nil && holder != shared.holder
        shared.holder = holder ?? shared.holder
        guard before != after || isNewHolder else { return nil }
        shared.published = after
        for reader in shared.readers.values where before != after {
            if before != nil { reader.yield(false) }
            if after != nil { reader.yield(true) }
        }
        return Change(before: before, after: after, holder: isNewHolder ? holder : nil)
    }

    private func tell(_ change: Change) {
        if change.before != change.after {
            if change.before != nil { logger.warning("this process is not the leader any more", metadata: ["identity": "\(identity)"]) }
            if let term = change.after {
                logger.notice("this process is the leader", metadata: ["identity": "\(identity)", "term": "\(term)"])
                watch(term)
            }
        }
        if let holder = change.holder, holder != identity {
            logger.info("the leader is another process", metadata: ["holder": "\(holder.isEmpty ? "nobody" : holder)"])
        }
    }

    /// Tells the end of a term when it comes, also while a renewal hangs. Who asks by ``isLeader()`` does not depend on it.
    private func watch(_ term: UInt64) {
        Task { [weak self, time, clock] in
            while let until = self?.end(of: term) {
                let left = until - clock()
                // A wait that cannot be made must not become a loop that spins; the next event tells as well.
                if left > .zero { guard (try? await time.sleep(for: left)) != nil else { return } }
                _ = self?.apply(.deadline)
            }
        }
    }

    private func end(of term: UInt64) -> Duration? {
        shared.withLock { $0.machine.tenure.flatMap { $0.term == term ? $0.until : nil } }
    }

    /// Logs a failure when it is another one than before.
    private func note(_ error: APIError?) {
        let text = error.map { "\($0)" }
        let isNew = shared.withLock { shared in
            defer { shared.failure = text }
            return shared.failure != text
        }
        guard isNew else { return }
        if let text {
            logger.warning("the lease cannot be read or written", metadata: ["error": "\(text)"])
        } else {
            logger.info("the lease can be read and written again")
        }
    }

    private static func makeIdentity() -> String {
        var name = [CChar](repeating: 0, count: 256)
        let hasName = unsafe gethostname(&name, name.count - 1) == 0
        let host = hasName ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "unknown"
        return host + "_" + UUID().uuidString.lowercased()
    }
}
