public import ACME
internal import FoundationEssentials

/// A web server on 127.0.0.1 that answers http-01 from files: `python3 -m http.server` on a port of its own choice.
public final class FileWebServer: ChallengeResponder {
    /// It did not start.
    public struct Failure: Error, CustomStringConvertible {
        /// What it said.
        public let description: String
    }

    /// Where it listens.
    public let port: Int
    private let folder: TemporaryFolder
    private let process: ChildProcess

    private static let path = ".well-known/acme-challenge/"

    /// Starts it and waits until it listens.
    public init() async throws {
        let folder = try TemporaryFolder("web")
        self.folder = folder
        let process = try ChildProcess(
            ["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder.path],
            log: folder.path + "/http.server.log")
        self.process = process
        // "Serving HTTP on 127.0.0.1 port 34567 (http://127.0.0.1:34567/) ..."
        func listening() -> Int? {
            let words = process.output.split(separator: " ")
            return words.firstIndex(of: "port").flatMap { $0 + 1 < words.endIndex ? Int(words[$0 + 1]) : nil }
        }
        guard await eventually(within: .seconds(20), { listening() != nil }), let port = listening() else {
            throw Failure(description: "http.server does not start: \(process.output)")
        }
        self.port = port
    }

    /// Puts a file where the CA looks.
    public func present(_ challenge: PresentedChallenge) async throws {
        try folder.write(challenge.keyAuthorization, to: FileWebServer.path + challenge.token)
    }

    /// Takes the file away.
    public func remove(_ challenge: PresentedChallenge) async {
        try? FileManager.default.removeItem(atPath: folder.path + "/" + FileWebServer.path + challenge.token)
    }

    /// Puts all files where the CA looks, by token, and takes those away that are not among them.
    public func publish(_ keyAuthorizations: [String: String]) {
        let folder = folder.path + "/" + FileWebServer.path
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where keyAuthorizations[name] == nil {
            try? FileManager.default.removeItem(atPath: folder + name)
        }
        for (token, keyAuthorization) in keyAuthorizations { try? self.folder.write(keyAuthorization, to: FileWebServer.path + token) }
    }
}
