import Core
import Glibc

/// Runs a program to its end: curl, openssl, python3.
enum Command {
    struct Result: Sendable {
        let status: CInt
        let output: String
    }

    struct Failure: Error { let what: String }

    /// - Parameter input: given to its standard input, which then ends.
    /// - Returns: what it printed, standard error included.
    static func run(_ arguments: [String], input: String = "") async throws -> Result {
        try await Threads.run {
            let started = try spawn(arguments)
            write(input, to: started.input)
            close(started.input)
            defer { close(started.output) }
            let output = read(started.output)
            var status: CInt = 0
            while unsafe waitpid(started.process, &status, 0) < 0, errno == EINTR {}
            return Result(status: (status >> 8) & 0xFF, output: output)
        }
    }

    private static func spawn(_ arguments: [String]) throws -> (process: pid_t, input: CInt, output: CInt) {
        var (input, output): ([CInt], [CInt]) = ([0, 0], [0, 0])
        guard unsafe pipe(&input) == 0, unsafe pipe(&output) == 0 else { throw Failure(what: "pipe") }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 2)
        // Else the program would hold the sockets of tests that run at the same time open.
        unsafe addCloseFrom(&actions, 3)
        let words = CStringArray(arguments)
        var process: pid_t = 0
        let status = unsafe posix_spawnp(&process, arguments[0], &actions, nil, words.pointers, environ)
        close(input[0])
        close(output[1])
        guard status == 0 else { throw Failure(what: "\(arguments[0]): \(status)") }
        return (process, input[1], output[0])
    }

    private static func write(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func read(_ descriptor: CInt) -> String {
        var all: [UInt8] = []
        while true {
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                count = max(0, unsafe Glibc.read(descriptor, buffer.baseAddress, 65536))
            }
            if piece.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += piece
        }
    }
}
