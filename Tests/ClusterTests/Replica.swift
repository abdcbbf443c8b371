import FoundationEssentials
import TestKit

/// One Pod of a Deployment, as a process of this machine: with the arguments of its container and a token of its ServiceAccount.
final class Replica: Sendable {
    let name: String
    let process: ChildProcess
    /// Ports of 127.0.0.1; those that its role does not have are 0.
    let http, https, admin: Int
    /// Its wire to the API server.
    let relay: NetworkRelay

    /// The program under test.
    static let program: String = {
        if let named = ProcessInfo.processInfo.environment["CERTCTL"], !named.isEmpty { return named }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: tests).deletingLastPathComponent().path(percentEncoded: false) + "certctl"
    }()

    /// Starts it, and does not wait.
    ///
    /// - Parameters:
    ///   - ports: for HTTP, HTTPS and the admin API.
    ///   - more: flags that win over those of the Deployment.
    init(
        _ name: String, of deployment: String, in deployed: Deployed, ports: [Int], folder: TemporaryFolder, _ more: [String] = []
    ) async throws {
        self.name = name
        let cluster = deployed.cluster
        relay = try await NetworkRelay(to: cluster.port)
        let token = try await cluster.token(of: deployment, in: deployed.namespace)
        let kubeconfig = try cluster.writeKubeconfig(name, token: token, server: "https://127.0.0.1:\(relay.port)")
        var arguments = try await deployed.arguments(of: deployment)
        let serves = arguments.contains { $0.hasPrefix("--http=") }
        http = serves ? ports[0] : 0
        https = serves ? ports[1] : 0
        admin = ports[2]
        let addresses = ["--http": http, "--https": https, "--admin": admin]
        arguments = arguments.map { argument in
            let flag = String(argument.prefix { $0 != "=" })
            return addresses[flag].map { "\(flag)=127.0.0.1:\($0)" } ?? argument
        }
        process = try ChildProcess(
            [Replica.program] + arguments + ["--kubeconfig", kubeconfig] + more,
            environment: ["POD_NAME": name, "POD_NAMESPACE": deployed.namespace],
            log: folder.path + "/\(name)-\(UInt64.random(in: 0...UInt64.max)).log")
    }

    /// Whether `/readyz` says so.
    func isReady(in folder: TemporaryFolder) async throws -> Bool {
        try await ChildProcess.run(
            ["curl", "-sf", "--max-time", "2", "--noproxy", "*", "http://127.0.0.1:\(admin)/readyz"], in: folder
        ).status == 0
    }
}
