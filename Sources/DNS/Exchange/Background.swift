internal import CLDNS
internal import Glibc

/// Threads of our own, for what blocks.
enum Background {
    /// Runs work on a new thread, which ends with it and which nobody waits for. Signals are for other threads.
    ///
    /// - Returns: false when there is no thread to be had.
    static func run(named name: String, _ work: @escaping @Sendable () -> Void) -> Bool {
        let context = unsafe Unmanaged.passRetained(Work(name: name, run: work)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(&thread, nil, threadMain, context)
        guard status == 0 else {
            unsafe Unmanaged<Work>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

private final class Work: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    // SAFETY: retained for us by whoever started the thread.
    let work = unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
    unsafe pthread_setname_np(pthread_self(), work.name)
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    for crash in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { unsafe sigdelset(&signals, crash) }
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    work.run()
    return nil
}
