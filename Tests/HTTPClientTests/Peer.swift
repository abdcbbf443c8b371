import Core
import Glibc
import Synchronization

/// A python3 script that plays a server, with the lines that it prints. It ends with its owner: SIGTERM by pid, or the end of its standard
/// input when the whole test process goes away.
final class Peer: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The port that the script's first line, `port N`, announced.
    let port: Int
    private let process: pid_t
    private let input: CInt
    private let lines: Lines

    init(_ script: String, _ arguments: [String] = []) async throws {
        let started = try Peer.spawning.withLock { _ in try Peer.spawn(["python3", "-u", "-c", Peer.prelude + script] + arguments) }
        (process, input, lines) = (started.process, started.input, Lines())
        let lines = lines
        LineReader(descriptor: started.output, process: process, lines: lines).start()
        _ = await eventually(within: .seconds(20)) { lines.all().contains { $0.hasPrefix("port ") } }
        guard let line = lines.all().first(where: { $0.hasPrefix("port ") }), let port = Int(line.dropFirst(5)) else {
            kill(process, SIGTERM)
            throw Failure(description: "no port from the peer: \(lines.all())")
        }
        self.port = port
    }

    deinit {
        kill(process, SIGTERM)
        close(input)
    }

    /// Waits until the script has printed this line.
    func hasPrinted(_ line: String, within limit: Duration = .seconds(5)) async -> Bool {
        await eventually(within: limit) { self.lines.all().contains(line) }
    }

    /// The lines printed so far that begin like this.
    func printed(prefix: String) -> [String] { lines.all().filter { $0.hasPrefix(prefix) } }

    /// What every script starts with: `say` prints a whole line, and the process ends with its standard input.
    private static let prelude = """
        import os, signal, socket, ssl, struct, sys, threading, time
        out = threading.Lock()
        def say(text):
            with out:
                sys.stdout.write(text + "\\n"); sys.stdout.flush()
        at_end = []
        def end(*_):
            for action in at_end: action()
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        def guard():
            while os.read(0, 100): pass
            end()
        threading.Thread(target=guard, daemon=True).start()

        """

    /// One at a time: between `pipe` and `fcntl`, another child would inherit the pipes and hold them open.
    private static let spawning = Mutex(())

    private static func spawn(_ arguments: [String]) throws -> (process: pid_t, input: CInt, output: CInt) {
        var input: [CInt] = [0, 0]
        var output: [CInt] = [0, 0]
        guard unsafe pipe(&input) == 0, unsafe pipe(&output) == 0 else { throw Failure(description: "no pipe") }
        for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        // Sockets of other tests in this process are not marked as close-on-exec, and would stay open for as long as the peer runs.
        unsafe addCloseFrom(&actions, STDERR_FILENO + 1)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var process: pid_t = 0
        let status = unsafe posix_spawnp(&process, "python3", &actions, nil, &words, environ)
        close(input[0])
        close(output[1])
        guard status == 0 else { throw Failure(description: "python3 does not start: error \(status)") }
        return (process, input[1], output[0])
    }
}

/// Lines in the order in which they were printed.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func append(_ line: String) { lines.withLock { $0.append(line) } }

    func all() -> [String] { lines.withLock { $0 } }
}

/// A thread that reads a pipe to its end and then takes note of the end of the process.
private struct LineReader: Sendable {
    let descriptor: CInt
    let process: pid_t
    let lines: Lines

    func start() {
        let context = unsafe Unmanaged.passRetained(Box(self)).toOpaque()
        var thread = pthread_t()
        unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context { unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().reader.run() }
                return nil
            }, context)
        pthread_detach(thread)
    }

    private final class Box {
        let reader: LineReader
        init(_ reader: LineReader) { self.reader = reader }
    }

    private func run() {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: 0x0A) {
                lines.append(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeFirst(end + 1)
            }
        }
        close(descriptor)
        waitpid(process, nil, 0)
    }
}

/// Asks until it is true or the time is over.
func eventually(within limit: Duration = .seconds(5), _ isTrue: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now.advanced(by: limit)
    while ContinuousClock.now < end {
        if await isTrue() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await isTrue()
}
