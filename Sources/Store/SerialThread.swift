internal import Glibc
internal import Synchronization

/// A thread that runs one piece of blocking work after the other. What is handed over before ``open()`` waits until then.
final class SerialThread: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isOpen = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wake: WakeSignal
    private let thread: Mutex<NamedThread?> = Mutex(nil)

    init() throws(SystemError) {
        wake = try WakeSignal()
    }

    func start(_ name: String) throws(SystemError) {
        let started = try NamedThread(name) { [self] in loop() }
        thread.withLock { $0 = started }
    }

    /// Lets the work begin.
    func open() {
        state.withLock { $0.isOpen = true }
        wake.raise()
    }

    /// Runs `body` on the thread; nil once the thread is stopped.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            let isAccepted = state.withLock { state in
                if state.isStopped { return false }
                state.work.append { continuation.resume(returning: body()) }
                return true
            }
            if isAccepted { wake.raise() } else { continuation.resume(returning: nil) }
        }
    }

    /// Finishes the work that was accepted, then ends the thread.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake.raise()
    }

    /// Waits for the end of the thread. Blocks.
    func join() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private func loop() {
        while true {
            var wait = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&wait, 1, -1)
            wake.clear()
            let (work, isDone) = state.withLock { state -> ([@Sendable () -> Void], Bool) in
                guard state.isOpen else { return ([], false) }
                defer { state.work = [] }
                return (state.work, state.isStopped)
            }
            for body in work { body() }
            if isDone { return }
        }
    }
}
