import ACME
import Core
import FoundationEssentials
import Glibc
import HTTPClient
import Issuance
import PKI
import TestKit

/// Debian's `pebble-challtestsrv`: a DNS server with TXT records for dns-01, and 127.0.0.1 for every name.
final class ChallengeDNS: ChallengeResponder {
    let port: Int
    private let management: String
    private let process: ChildProcess
    private let http: HTTPClient
    private let folder: TemporaryFolder

    static var isInstalled: Bool { Peer.program("pebble-challtestsrv", environment: nil) != nil }

    init() async throws {
        folder = try TemporaryFolder("challenge-dns")
        let ports = try FreePort.several(2)
        port = ports[0]
        management = "http://127.0.0.1:\(ports[1])"
        process = try ChildProcess(
            [
                "pebble-challtestsrv", "-management", "127.0.0.1:\(ports[1])", "-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01",
                "127.0.0.1:\(ports[0])", "-defaultIPv6", "",
            ], log: folder.path + "/dns.log")
        http = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let isUp = await eventually(within: .seconds(20)) { (try? await post("clear-txt", ["host": "nobody.test."])) != nil }
        guard isUp else { throw Peer.Failure(description: "pebble-challtestsrv does not answer: \(process.output)") }
    }

    func present(_ challenge: PresentedChallenge) async throws {
        try await post("set-txt", ["host": "_acme-challenge.\(challenge.identifier).", "value": challenge.dns01Value])
    }

    func remove(_ challenge: PresentedChallenge) async {
        _ = try? await post("clear-txt", ["host": "_acme-challenge.\(challenge.identifier)."])
    }

    func close() async { await http.shutdown() }

    private func post(_ path: String, _ body: [String: String]) async throws {
        let request = HTTPRequest(
            method: "POST", url: "\(management)/\(path)", body: .bytes(Array(try JSONEncoder().encode(body))))
        let response = try await http.send(request, bodyBytesMax: 1 << 16)
        guard response.status == 200 else { throw Peer.Failure(description: "\(path): \(response.status)") }
    }
}

/// Where a developer's other ACME servers are.
enum Peer {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Caddy.
    static var caddy: String? { program("caddy", environment: "CADDY") }

    /// The Python of a virtual environment with acme2certifier.
    static var acme2certifierPython: String? {
        ProcessInfo.processInfo.environment["ACME2CERTIFIER"].map { $0 + "/bin/python" }.flatMap { isExecutable($0) ? $0 : nil }
    }

    /// A program: named by an environment variable, or found on `PATH`.
    static func program(_ name: String, environment variable: String?) -> String? {
        let environment = ProcessInfo.processInfo.environment
        if let variable, let path = environment[variable] { return isExecutable(path) ? path : nil }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// Orders a certificate and checks it as the product does.
    static func issue(
        _ client: ACMEClient, _ account: ACMEAccount, _ responder: any ChallengeResponder, _ request: OrderRequest
    ) async throws(ACMEError) -> IssuedCertificate {
        try await OrderDriver(client: client, account: account, journal: MemoryJournal(), responder: responder).run(request, resuming: nil)
    }
}
