import FoundationEssentials
import TestKit

/// A folder of manifests, a state folder and the certctl program that was built beside the tests.
final class Site: Sendable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder("certctl-site")
        try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    }

    var manifests: String { folder.path + "/manifests" }
    var state: String { folder.path + "/state" }

    /// The program under test: what `CERTCTL` names, or the one that was built beside the tests.
    static let program: String = {
        if let named = ProcessInfo.processInfo.environment["CERTCTL"], !named.isEmpty { return named }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: tests).deletingLastPathComponent().path(percentEncoded: false) + "certctl"
    }()

    /// The root of the source tree.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false)

    /// Writes a manifest file.
    func write(_ text: String, to name: String) throws { try folder.write(text, to: "manifests/" + name) }

    /// Starts `certctl serve`.
    func serve(http: Int = 0, https: Int = 0, _ more: [String] = []) throws -> Server {
        let log = folder.path + "/serve-\(UInt64.random(in: 0...UInt64.max)).log"
        let arguments = [
            Site.program, "serve", "--manifests", manifests, "--state", state, "--http", "127.0.0.1:\(http)", "--https",
            "127.0.0.1:\(https)",
            "--admin", "127.0.0.1:0", "--log-format", "json", "--threads", "2",
        ]
        return Server(process: try ChildProcess(arguments + more, log: log))
    }

    /// Runs another command of certctl.
    func certctl(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run([Site.program] + arguments, in: folder)
    }

    /// What `status` says, as JSON says it.
    func status(_ server: Server? = nil) async throws -> (status: Int32, report: Report) {
        let source = if let admin = server?.admin { ["--server", "http://\(admin)"] } else { ["--state", state] }
        let answer = try await ChildProcess.run([Site.program, "status", "-o", "json"] + source, in: folder)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return (answer.status, try decoder.decode(Report.self, from: Data(answer.output.utf8)))
    }

    /// Waits until every certificate is in one of these states.
    func waitForStates(_ states: Set<String>, count: Int, of server: Server, within limit: Duration = .seconds(60)) async throws -> Bool {
        try await eventually(within: limit) {
            guard server.process.isRunning, server.admin != nil else { return false }
            let certificates = try await status(server).report.certificates
            return certificates.count == count && certificates.allSatisfy { states.contains($0.state) }
        }
    }

    /// The names of the Secrets that it keeps in the namespace of the Ingresses.
    func storedSecrets() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: state + "/secrets/web")) ?? []).sorted()
    }

    /// The part of a status report that the tests look at.
    struct Report: Decodable {
        struct Certificate: Decodable {
            let secretName, state: String
            let hosts: [String]
            let issuer, serialNumber, lastError, message: String?
            let failures: Int
        }
        struct Problem: Decodable {
            let subject, message: String
        }
        let certificates: [Certificate]
        let problems: [Problem]
        let isRunning: Bool
    }
}

/// A running `certctl serve`.
final class Server: Sendable {
    let process: ChildProcess

    init(process: ChildProcess) { self.process = process }

    private struct Line: Decodable {
        let message: String
        let http, https, admin: String?
    }

    /// The line that says where it listens, once it does.
    private var serving: Line? {
        process.output.split(separator: "\n").lazy.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .first { $0.message == "serving" }
    }

    var admin: String? { serving?.admin }

    /// The ports for HTTP and HTTPS.
    func ports(within limit: Duration = .seconds(20)) async throws -> (http: Int, https: Int) {
        guard await eventually(within: limit, { serving != nil || !process.isRunning }), let serving else {
            throw ChildFailure(description: "certctl does not serve: \(process.output)")
        }
        func port(_ address: String?) -> Int { address.flatMap { $0.split(separator: ":").last.flatMap { Int($0) } } ?? 0 }
        return (port(serving.http), port(serving.https))
    }

    struct ChildFailure: Error, CustomStringConvertible { let description: String }
}
