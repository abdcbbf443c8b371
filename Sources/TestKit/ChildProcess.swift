internal import Core
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// A program that a test starts: its output goes to a file, and it ends with its owner, by pid.
public final class ChildProcess: Sendable {
    /// The process could not be started.
    public struct StartFailure: Error, CustomStringConvertible {
        /// What was tried and what the system said.
        public let description: String
    }

    /// How a process ended.
    public enum Ending: Hashable, Sendable {
        /// With this exit status.
        case exited(Int32)
        /// By this signal.
        case signalled(Int32)
    }

    /// The process identifier; valid until the ending has been collected.
    public let pid: Int32
    /// Where standard output and standard error go.
    public let log: String
    private let ending = Mutex<Ending?>(nil)

    /// Starts a program, found on `PATH` unless its name has a slash.
    ///
    /// - Parameters:
    ///   - arguments: The program and its arguments.
    ///   - environment: Added to the test's own.
    ///   - log: A file for its output; made or added to.
    public init(_ arguments: [String], environment: [String: String] = [:], log: String) throws(StartFailure) {
        self.log = log
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // NIO's sockets are not marked as close-on-exec: they would stay open, and ports taken, for as long as this process runs.
        unsafe addCloseFrom(&actions, STDERR_FILENO + 1)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let words = CStringArray(arguments)
        let settings = CStringArray(variables.map { "\($0.key)=\($0.value)" })
        var pid: pid_t = 0
        let status = unsafe posix_spawnp(&pid, arguments[0], &actions, nil, words.pointers, settings.pointers)
        guard status == 0 else {
            throw StartFailure(description: "\(arguments[0]) does not start: \(unsafe String(cString: strerror(status)))")
        }
        self.pid = pid
    }

    deinit {
        guard ending.withLock({ $0 }) == nil else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Whether it still runs.
    public var isRunning: Bool { poll() == nil }

    /// Sends a signal, unless it has ended.
    public func send(signal number: Int32) {
        // Under the lock, so that the pid cannot be collected, and given to another process, in between.
        ending.withLock { ending in
            if ending == nil { kill(pid, number) }
        }
    }

    /// Waits for the end.
    ///
    /// - Returns: nil when it still runs after this time.
    public func end(within limit: Duration) async -> Ending? {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while ContinuousClock.now < deadline {
            if let ending = poll() { return ending }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return poll()
    }

    /// What it has written so far.
    public var output: String {
        (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    }

    private func poll() -> Ending? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: Int32 = 0
            guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
            ending = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
            return ending
        }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: its exit status (128 and the signal, as a shell has it) and what it wrote, both streams together.
    public static func run(_ arguments: [String], in folder: TemporaryFolder, within limit: Duration = .seconds(60)) async throws -> (
        status: Int32, output: String
    ) {
        let process = try ChildProcess(arguments, log: folder.path + "/run-\(UInt64.random(in: 0...UInt64.max)).log")
        switch await process.end(within: limit) {
        case .exited(let status)?: return (status, process.output)
        case .signalled(let number)?: return (128 + number, process.output)
        case nil: throw StartFailure(description: "\(arguments) did not end within \(limit): \(process.output)")
        }
    }
}
