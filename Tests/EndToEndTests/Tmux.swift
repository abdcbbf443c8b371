import FoundationEssentials
import TestKit

/// A real terminal of a known size, with a shell in it: a tmux server of its own.
final class Tmux: Sendable {
    private let socket: String
    private let folder: TemporaryFolder

    /// Whether there is one; the tests that need it say that they are skipped.
    static let isInstalled = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/bin/tmux"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Opens a window; everything that is written to it goes to ``raw`` too.
    ///
    /// - Parameter environment: `NAME=VALUE` for the shell.
    init(columns: Int, rows: Int, environment: [String] = [], in folder: TemporaryFolder) async throws {
        self.folder = folder
        socket = folder.path + "/tmux-\(UInt32.random(in: 0...UInt32.max))"
        try await run(["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "env", "-u", "NO_COLOR", "PS1=$ "] + environment + ["sh"])
        try await run(["set-option", "-g", "window-size", "manual"])
        try await run(["pipe-pane", "-o", "cat >> '\(rawPath)'"])
    }

    private var rawPath: String { socket + ".raw" }

    /// Every byte that was written to the window.
    var raw: String { (try? String(contentsOfFile: rawPath, encoding: .utf8)) ?? "" }

    /// Types a line.
    func type(_ line: String) async throws {
        try await run(["send-keys", "-l", line])
        try await run(["send-keys", "Enter"])
    }

    /// Presses a key, as tmux names it: `C-c`, `q`.
    func press(_ key: String) async throws { try await run(["send-keys", key]) }

    func resize(columns: Int, rows: Int) async throws { try await run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"]) }

    /// What the window shows, without trailing blanks.
    ///
    /// - Parameter styled: with the escape sequences of colours.
    func screen(styled: Bool = false) async throws -> String {
        try await run(["capture-pane", "-p"] + (styled ? ["-e"] : []))
    }

    /// Ends it and what runs in it.
    func close() async { _ = try? await run(["kill-server"]) }

    @discardableResult private func run(_ arguments: [String]) async throws -> String {
        let answer = try await ChildProcess.run(["tmux", "-f", "/dev/null", "-S", socket] + arguments, in: folder)
        guard answer.status == 0 else { throw Failure(description: "tmux \(arguments): \(answer.output)") }
        return answer.output
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
