internal import Glibc
internal import Synchronization

/// A thread of our own for work that blocks, so that the cooperative pool never does. The name is what `top -H` shows.
final class NamedThread: Sendable {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }

        /// `pthread_setname_np` is hidden from Swift; this is what it does. Without a `/proc` the thread stays nameless.
        func takeName() {
            try? FileHandle("/proc/thread-self/comm", O_WRONLY).writeAll(Array(name.utf8))
        }
    }

    private let thread: pthread_t
    private let isJoined = Atomic(false)

    /// Starts a thread.
    ///
    /// - Parameter name: at most 15 bytes, a limit of Linux.
    /// - Throws: when the limits of the process or of its control group leave room for no further thread.
    init(_ name: String, run: @escaping @Sendable () -> Void) throws(SystemError) {
        precondition(name.utf8.count <= 15, "thread name \(name) is longer than 15 bytes")
        var thread = pthread_t()
        // SAFETY: the new thread takes over the reference made here.
        let body = unsafe Unmanaged.passRetained(Body(name: name, run: run)).toOpaque()
        let status = unsafe pthread_create(
            &thread, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
                body.takeName()
                body.run()
                return nil
            }, body)
        guard status == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(body).release()
            throw SystemError(call: "pthread_create", path: "thread \(name)", code: status)
        }
        self.thread = thread
    }

    /// Waits until the thread has ended. To be called once, by one thread.
    func join() {
        isJoined.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
    }

    deinit {
        // Otherwise its stack would stay for good.
        if !isJoined.load(ordering: .relaxed) { pthread_detach(thread) }
    }
}
