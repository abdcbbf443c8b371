internal import CCurl
internal import Glibc
internal import Synchronization

/// The thread `certctl-http` from outside: other threads hand it commands and learn of its end. All of libcurl happens over there, in
/// ``TransferLoop``.
final class TransferEngine: Sendable {
    /// What the thread is told.
    enum Command {
        case start(Transfer)
        case cancel(Transfer)
        /// The reader has room again.
        case resumeReceiving(Transfer)
        /// The producer has bytes again.
        case resumeSending(Transfer)
        case stop
    }

    @safe private struct State {
        /// Freed by the thread, after `isOpen` has become false.
        let multi: UnsafeMutableRawPointer
        var commands: [Command] = []
        /// Whether commands are taken.
        var isOpen = true
        var hasEnded = false
        /// Nil once somebody has joined or detached the thread.
        var thread: pthread_t?
        var endWaiters: [CheckedContinuation<Void, Never>] = []

        init?() {
            guard let multi = unsafe curl_multi_init() else { return nil }
            unsafe self.multi = multi
        }
    }

    private let state: Mutex<State>

    /// Starts the thread.
    ///
    /// - Throws: `.invalidConfiguration` when there is no memory or no thread to be had.
    init(_ configuration: HTTPClient.Configuration) throws(HTTPClientError.Code) {
        guard TransferEngine.isLibraryReady, let state = State() else { throw .invalidConfiguration("libcurl does not start") }
        self.state = Mutex(state)
        let context = unsafe Unmanaged.passRetained(ThreadContext(engine: self, configuration: configuration)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(&thread, nil, threadMain, context)
        guard status == 0 else {
            unsafe Unmanaged<ThreadContext>.fromOpaque(context).release()
            self.state.withLock { _ = unsafe curl_multi_cleanup($0.multi) }
            throw .invalidConfiguration("no thread: error \(status)")
        }
        let started = thread
        self.state.withLock { $0.thread = started }
    }

    /// Hands a transfer to the thread, or completes it when there is none any more.
    func start(_ transfer: Transfer) {
        if !post(.start(transfer)) { transfer.complete(.failure(.shutDown)) }
    }

    /// Aborts a transfer; its end comes as with any failure. Harmless when it is over.
    func cancel(_ transfer: Transfer) {
        transfer.isAbandoned.store(true, ordering: .sequentiallyConsistent)
        _ = post(.cancel(transfer))
    }

    /// Wakes the thread with a command.
    ///
    /// - Returns: false when it takes none any more.
    @discardableResult func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard state.isOpen else { return false }
            state.commands.append(command)
            if case .stop = command { state.isOpen = false }
            // Under the lock, so that the handle cannot be freed meanwhile. It writes to a socket; that fails when it is full of wake-ups.
            if state.commands.count == 1 { _ = unsafe curl_multi_wakeup(state.multi) }
            return true
        }
    }

    /// Ends the thread, after it has failed all transfers, and waits for that.
    func stop() async {
        post(.stop)
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.endWaiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
        // The thread has nothing left to do but return, so that this does not block for longer than that.
        if let thread = state.withLock({ $0.thread.take() }) { _ = pthread_join(thread, nil) }
    }

    /// Ends the thread without waiting; for a deinitialiser, which may itself run on that thread.
    func abandon() {
        post(.stop)
        if let thread = state.withLock({ $0.thread.take() }) { _ = pthread_detach(thread) }
    }

    /// Takes the commands given so far. Engine's thread.
    func takeCommands() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Once per process; libcurl counts.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    fileprivate func run(_ configuration: HTTPClient.Configuration) {
        let multi = unsafe state.withLock { unsafe $0.multi }
        let loop = unsafe TransferLoop(engine: self, multi: multi, configuration: configuration)
        loop.run()
        _ = unsafe curl_multi_cleanup(multi)
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.endWaiters = [] }
            return state.endWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// What the new thread gets.
private final class ThreadContext {
    let engine: TransferEngine
    let configuration: HTTPClient.Configuration

    init(engine: TransferEngine, configuration: HTTPClient.Configuration) {
        self.engine = engine
        self.configuration = configuration
    }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    // SAFETY: retained for us by the engine's initialiser.
    let given = unsafe Unmanaged<ThreadContext>.fromOpaque(context).takeRetainedValue()
    unsafe pthread_setname_np(pthread_self(), "certctl-http")
    // Signals are for other threads, and a write to a closed socket must not raise SIGPIPE here. Those of a crash stay, for its report.
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    for crash in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { unsafe sigdelset(&signals, crash) }
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    given.engine.run(given.configuration)
    return nil
}
