internal import Core
internal import FoundationEssentials
internal import Glibc

/// One run of an exec plugin: no shell, nothing but its own arguments, standard error passed through.
struct ExecProcess {
    private let plugin: ExecPlugin
    private let pid: pid_t
    /// What it prints; does not block.
    private let output: CInt
    /// Whether it leads a process group of its own.
    private let leadsGroup: Bool
    /// Whether its end was taken note of: from then on the pid may be another process's.
    private var isCollected = false

    private var subject: String { "exec plugin \(plugin.command)" }

    /// Whether the plugin may talk to a person.
    static func isInteractive(_ plugin: ExecPlugin) throws(ClusterConfigurationError) -> Bool {
        switch plugin.interactiveMode {
        case .never: return false
        case .ifAvailable: return isatty(STDIN_FILENO) == 1
        case .always:
            guard isatty(STDIN_FILENO) == 1 else {
                throw ClusterConfigurationError(
                    "exec plugin \(plugin.command)", "it needs a terminal (interactiveMode Always), and standard input is none")
            }
            return true
        }
    }

    /// Runs a plugin to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: when it does not start, fails, prints too much or takes too long; then it has been killed. Cancelling kills it, too.
    static func run(
        _ plugin: ExecPlugin, info: [UInt8], isInteractive: Bool, timeout: Duration = Limits.execTimeout
    ) async throws(ClusterConfigurationError) -> [UInt8] {
        var process = try ExecProcess(plugin, info: info, isInteractive: isInteractive)
        defer { close(process.output) }
        do throws(ClusterConfigurationError) {
            return try await process.collect(timeout)
        } catch {
            process.kill()
            throw error
        }
    }

    private init(_ plugin: ExecPlugin, info: [UInt8], isInteractive: Bool) throws(ClusterConfigurationError) {
        self.plugin = plugin
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw ClusterConfigurationError("exec plugin \(plugin.command)", "no pipe for its output: \(ExecProcess.words(errno))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        output = ends[0]
        var pid: pid_t = 0
        let status = ExecProcess.spawn(plugin, info, isInteractive, into: ends[1], &pid)
        close(ends[1])
        self.pid = pid
        leadsGroup = !isInteractive
        guard status == 0 else {
            close(ends[0])
            let hint = plugin.installHint.map { "; " + $0.oneLine } ?? ""
            throw ClusterConfigurationError("exec plugin \(plugin.command)", "it cannot be started: \(ExecProcess.words(status))\(hint)")
        }
    }

    private static func words(_ number: CInt) -> String { unsafe String(cString: strerror(number)) }

    private static func spawn(_ plugin: ExecPlugin, _ info: [UInt8], _ isInteractive: Bool, into pipe: CInt, _ pid: inout pid_t) -> CInt {
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in plugin.environment { variables[name] = value }
        variables["KUBERNETES_EXEC_INFO"] = String(decoding: info, as: UTF8.self)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if !isInteractive { unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) }
        unsafe posix_spawn_file_actions_adddup2(&actions, pipe, STDOUT_FILENO)
        // NIO's sockets are not marked as close-on-exec: a plugin would hold on to every connection and listener of the proxy.
        unsafe addCloseFrom(&actions, STDERR_FILENO + 1)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own, so that its children end with it; not where it shares our terminal, which would stop it.
        let group = isInteractive ? 0 : POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))
        let words = CStringArray([plugin.command] + plugin.arguments)
        let settings = CStringArray(variables.map { "\($0.key)=\($0.value)" })
        return unsafe posix_spawnp(&pid, plugin.command, &actions, &attributes, words.pointers, settings.pointers)
    }

    /// Looks each few milliseconds, since a run takes tenths of a second: no thread has to wait for it.
    private mutating func collect(_ timeout: Duration) async throws(ClusterConfigurationError) -> [UInt8] {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        var printed: [UInt8] = []
        while true {
            let isEnded = read(into: &printed)
            guard printed.count <= Limits.execOutputBytesMax else {
                throw ClusterConfigurationError(subject, "it printed more than \(Limits.execOutputBytesMax) bytes")
            }
            if let status = poll() {
                // What it wrote between our reading and its end. A child of its own that still holds the pipe is not waited for.
                if !isEnded { _ = read(into: &printed) }
                try check(status)
                return printed
            }
            guard ContinuousClock.now < deadline else { throw ClusterConfigurationError(subject, "it did not end within \(timeout)") }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                throw ClusterConfigurationError(subject, "cancelled")
            }
        }
    }

    /// - Returns: whether it has closed its standard output.
    private func read(into printed: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while printed.count <= Limits.execOutputBytesMax {
            let count = unsafe Glibc.read(output, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 }
            printed += buffer[..<count]
        }
        return false
    }

    private mutating func poll() -> CInt? {
        var status: CInt = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        isCollected = true
        return status
    }

    private func check(_ status: CInt) throws(ClusterConfigurationError) {
        let signal = status & 0x7F
        if signal != 0 { throw ClusterConfigurationError(subject, "it was ended by signal \(signal)") }
        let code = status >> 8 & 0xFF
        guard code == 0 else {
            throw ClusterConfigurationError(subject, "it failed with exit status \(code); what it said is on standard error")
        }
    }

    /// Ends it with its children, and takes note of the end so that no zombie stays.
    private mutating func kill() {
        guard !isCollected else { return }
        _ = Glibc.kill(leadsGroup ? -pid : pid, SIGKILL)
        _ = waitpid(pid, nil, 0)
        isCollected = true
    }
}
