import Core
import FoundationEssentials
import Glibc

/// The real `openssl` command line tool, run in a temporary folder of its own: the foreign judge of what PKI reads and writes.
final class OpenSSLTool: Sendable {
    /// What a run printed and how it ended.
    struct Output {
        let status: Int32
        let text: String
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path() + "/certctl-pki-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    func write(_ bytes: [UInt8], _ name: String) throws {
        guard FileManager.default.createFile(atPath: path(name), contents: Data(bytes)) else { throw Failed(description: "write \(name)") }
    }

    func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }

    func read(_ name: String) throws -> [UInt8] {
        guard let bytes = Self.contents(path(name)) else { throw Failed(description: "read \(name)") }
        return bytes
    }

    // Not FileManager.contents(atPath:), which leaks 4 KiB for each empty file (seen with --sanitize=address).
    private static func contents(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }

    /// Runs `openssl` with blank-separated arguments; file names are within the folder because the arguments say `@name` for them.
    /// `extra` holds arguments with blanks.
    @discardableResult
    func run(_ arguments: String, extra: [String] = [], allowFailure: Bool = false) throws -> Output {
        let words =
            ["openssl"]
            + arguments.split(separator: " ").map { $0.hasPrefix("@") ? path(String($0.dropFirst())) : String($0) } + extra
        let output = path("output-\(UUID().uuidString)")
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Else the tool would hold the sockets of tests that run at the same time open.
        unsafe addCloseFrom(&actions, 3)
        let pointers = CStringArray(words)
        var child: pid_t = 0
        guard unsafe posix_spawnp(&child, "openssl", &actions, nil, pointers.pointers, environ) == 0 else {
            throw Failed(description: "openssl cannot be started")
        }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) == -1, errno == EINTR {}
        let text = String(decoding: Self.contents(output) ?? [], as: UTF8.self)
        let code = (status >> 8) & 0xFF
        guard allowFailure || status == 0 else { throw Failed(description: "openssl \(arguments): status \(code): \(text)") }
        return Output(status: code, text: text)
    }
}
