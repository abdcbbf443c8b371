import FoundationEssentials
import TestKit

/// The small backend of the demo: says what reached it.
final class Backend: Sendable {
    let port: Int
    private let process: ChildProcess

    init(name: String, in folder: TemporaryFolder) async throws {
        process = try ChildProcess(["python3", Site.root + "/scripts/support/backend.py", name, "0"], log: folder.path + "/\(name).log")
        var port: Int?
        _ = await eventually(within: .seconds(20)) { [process] in
            port = process.output.split(separator: "\n").first.flatMap { Int($0) }
            return port != nil
        }
        guard let port else { throw Server.ChildFailure(description: "the backend does not start: \(process.output)") }
        self.port = port
    }

    /// What it answers with.
    struct Echo: Decodable {
        let backend, method, target: String
        let headers: [String: String]
    }
}

extension Site {
    /// Asks for a URL at a port of this machine, whatever host it names.
    func curl(_ url: String, port: Int, _ more: String...) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            ["curl", "-sS", "--max-time", "20", "--noproxy", "*", "--connect-to", "::127.0.0.1:\(port)"] + more + [url], in: folder)
    }
}
