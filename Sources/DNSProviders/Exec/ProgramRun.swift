internal import Core
internal import Glibc
internal import Synchronization

/// A program in a process group of its own, with its output read and its time bounded. No call blocks: pipe and process are looked at every
/// few milliseconds.
final class ProgramRun: Sendable {
    /// Why a program does not start.
    struct StartFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// How it came to its end.
    enum Cause: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        /// It, and all in its group, were ended by us.
        case timedOut, tooMuchOutput, cancelled
    }

    /// The end of a program.
    struct Ending: Sendable {
        let cause: Cause
        /// Standard output and standard error together.
        let output: [UInt8]
    }

    private let pid: pid_t
    private let pipe: CInt
    private let isCancelled = Atomic<Bool>(false)

    /// Starts a program with no input, no descriptor of ours, all signals as usual.
    init(_ words: [String], environment: [String]) throws(StartFailure) {
        var ends: [CInt] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw StartFailure(description: ProgramRun.words(errno)) }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Ours alone: the program must find its standard output blocking, as everywhere.
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        defer { close(writing) }
        let started = ProgramRun.spawn(words, environment, output: writing)
        guard started.status == 0 else {
            close(reading)
            throw StartFailure(description: ProgramRun.words(started.status))
        }
        pid = started.pid
        pipe = reading
    }

    /// Waits for the end. To be called once.
    func end(within limit: Duration) async -> Ending {
        // A task of its own, since a cancelled one cannot wait for the process that it must collect.
        let supervision = Task { await supervise(limit) }
        return await withTaskCancellationHandler {
            await supervision.value
        } onCancel: {
            isCancelled.store(true, ordering: .sequentiallyConsistent)
        }
    }

    private func supervise(_ limit: Duration) async -> Ending {
        let started = ContinuousClock.now
        var output: [UInt8] = []
        var ended: (cause: Cause, at: ContinuousClock.Instant)?
        var wait = Duration.milliseconds(1)
        while true {
            let hasEnded = hasExited()
            read(into: &output)
            if hasEnded { break }
            if let ended {
                // Asked to end: it may clean up for a moment.
                if ended.at.duration(to: .now) > DNSProvidersLimits.killAfter { kill(-pid, SIGKILL) }
            } else if let cause = reasonToEnd(started, limit, output) {
                ended = (cause, .now)
                kill(-pid, SIGTERM)
                wait = .milliseconds(1)
            }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, .milliseconds(50))
        }
        // Not collected yet, so that the group's number is still its own.
        if ended != nil { kill(-pid, SIGKILL) }
        let cause = collect()
        close(pipe)
        if let ended { return Ending(cause: ended.cause, output: output) }
        return Ending(cause: output.count > DNSProvidersLimits.outputBytesMax ? .tooMuchOutput : cause, output: output)
    }

    private func reasonToEnd(_ started: ContinuousClock.Instant, _ limit: Duration, _ output: [UInt8]) -> Cause? {
        if isCancelled.load(ordering: .sequentiallyConsistent) { return .cancelled }
        if output.count > DNSProvidersLimits.outputBytesMax { return .tooMuchOutput }
        return started.duration(to: .now) > limit ? .timedOut : nil
    }

    /// Takes what is there, up to one byte more than is allowed; what is beyond is left, and holds the program up until it is ended.
    private func read(into output: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while output.count <= DNSProvidersLimits.outputBytesMax {
            let room = min(buffer.count, DNSProvidersLimits.outputBytesMax + 1 - output.count)
            // SAFETY: `room` is at most the size of the buffer.
            let count = unsafe Glibc.read(pipe, &buffer, room)
            guard count > 0 else { return }
            output += buffer[..<count]
        }
    }

    /// Whether the process has ended; it stays to be collected.
    private func hasExited() -> Bool {
        var info = unsafe siginfo_t()
        let status = unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
        return unsafe status == 0 && info._sifields._sigchld.si_pid == pid
    }

    private func collect() -> Cause {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
    }

    private static func spawn(_ words: [String], _ environment: [String], output: CInt) -> (status: CInt, pid: pid_t) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        unsafe addCloseFrom(&actions, STDERR_FILENO + 1)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        let arguments = CStringArray(words)
        let settings = CStringArray(environment)
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, words[0], &actions, &attributes, arguments.pointers, settings.pointers)
        return (status, pid)
    }

    private static func words(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }
}
