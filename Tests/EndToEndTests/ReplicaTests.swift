import Foundation
import TestKit
import Testing

@Suite("End to end: replicas", .serialized) struct ReplicaTests {
    private struct Report: Decodable {
        struct Served: Decodable {
            let replica: String
            let fingerprint: String?
        }
        struct Certificate: Decodable {
            let secretName: String
            let fingerprint, advice: String?
            let served: [Served]?
        }
        struct Replica: Decodable {
            let identity: String
            let isReachable: Bool
            let role, problem: String?
        }
        let verdict: String
        let certificates: [Certificate]
        let replicas: [Replica]
    }

    /// Two replicas over two folders, as if the second had not heard of the new certificate.
    private final class Pair: Sendable {
        let folder: TemporaryFolder
        let ports: [Int]

        init() throws {
            folder = try TemporaryFolder("certctl-replicas")
            ports = try FreePort.several(2)
        }

        /// A new self-signed pair.
        func secret(_ name: String) async throws -> String {
            let (key, certificate) = (folder.path + "/\(name).key", folder.path + "/\(name).pem")
            let made = try await ChildProcess.run(
                [
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                    certificate, "-days", "30", "-subj", "/CN=a.localhost", "-addext", "subjectAltName=DNS:a.localhost",
                ], in: folder)
            try #require(made.status == 0, "\(made.output)")
            return Text.tlsSecret("a-tls", certificate: try folder.read("\(name).pem"), key: try folder.read("\(name).key"))
        }

        func write(_ secret: String, for replica: String) throws {
            let slices = ports.enumerated().map { index, port in
                """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: replicas-\(index), namespace: certctl, labels: {kubernetes.io/service-name: replicas}}
                addressType: IPv4
                ports: [{name: admin, port: \(port)}]
                endpoints: [{addresses: [127.0.0.1], conditions: {ready: false}}]
                """
            }
            try folder.write(
                Text.documents(
                    Text.ingressClass, Text.ingress("a", hosts: ["a.localhost"], secret: "a-tls", issuer: nil), secret, slices[0], slices[1]
                ),
                to: "\(replica)/all.yaml")
        }

        func serve(_ replica: String, port: Int, role: String) throws -> ChildProcess {
            try ChildProcess(
                [
                    Site.program, "serve", "--manifests", folder.path + "/" + replica, "--state", folder.path + "/state-" + replica,
                    "--http",
                    "127.0.0.1:0", "--https", "127.0.0.1:0", "--admin", "127.0.0.1:\(port)", "--role", role, "--replicas-service",
                    "certctl/replicas", "--log-format", "json", "--threads", "1",
                ], environment: ["POD_NAME": "certctl-" + replica], log: folder.path + "/\(replica).log")
        }

        func get<Answer: Decodable>(_ path: String, port: Int) async throws -> Answer {
            let answer = try await ChildProcess.run(["curl", "-sS", "--max-time", "20", "http://127.0.0.1:\(port)\(path)"], in: folder)
            return try JSONDecoder().decode(Answer.self, from: Data(answer.output.utf8))
        }
    }

    @Test func `a replica with an old certificate is told by the one that issues and by itself not, until it has the new one`() async throws
    {
        let pair = try Pair()
        let (old, new) = (try await pair.secret("old"), try await pair.secret("new"))
        try pair.write(new, for: "a")
        try pair.write(old, for: "b")
        try FileManager.default.createDirectory(atPath: pair.folder.path + "/state-b", withIntermediateDirectories: true)
        let a = try pair.serve("a", port: pair.ports[0], role: "all")
        let b = try pair.serve("b", port: pair.ports[1], role: "proxy")
        func report() async throws -> Report { try await pair.get("/api/v1/status", port: pair.ports[0]) }
        #expect(
            await eventually(within: .seconds(40)) {
                guard a.isRunning, b.isRunning, let report = try? await report() else { return false }
                return report.certificates.first?.served?.isEmpty == false
            }, "\(a.output) \(b.output)")
        let told = try await report()
        let served = try #require(told.certificates.first?.served)
        #expect(served.map(\.replica) == ["certctl-b"])
        #expect(served.first?.fingerprint != nil && served.first?.fingerprint != told.certificates.first?.fingerprint)
        #expect(told.verdict.hasPrefix("1 of 1 certificate needs you: 1 not served as stored"))
        #expect(told.certificates.first?.advice?.hasPrefix("look at the log of replica certctl-b") == true)
        #expect(told.replicas.map(\.identity) == ["certctl-a", "certctl-b"] && told.replicas.map(\.role) == ["all", "proxy"])

        // The new certificate reaches the other one.
        try pair.write(new, for: "b")
        #expect(
            try await eventually(within: .seconds(40)) { try await report().certificates.first?.served == nil }, "\(b.output)")

        // One that is gone is said, and not taken for right.
        b.send(signal: SIGTERM)
        #expect(await b.end(within: .seconds(40)) != nil)
        #expect(
            try await eventually(within: .seconds(40)) {
                let report = try await report()
                return report.replicas.contains { $0.identity == "certctl-b" && !$0.isReachable && $0.problem != nil }
                    && report.verdict.contains("1 of 2 replicas cannot be asked what it serves")
            })
        a.send(signal: SIGTERM)
        _ = await a.end(within: .seconds(40))
    }

    private struct Story: Decodable {
        struct Rule: Decodable {
            let ingress, path, backend, state: String
        }
        struct Certificate: Decodable {
            struct Element: Decodable {
                let subject, key: String
            }
            let chain: [Element]
        }
        struct Event: Decodable {
            let reason, object: String
        }
        let host: String
        let rules: [Rule]
        let certificates: [Certificate]
        let servedSecret: String?
        let recentEvents: [Event]
    }

    private struct Timeline: Decodable {
        struct Happening: Decodable {
            let number: Int
            let kind, secret: String
        }
        let happenings: [Happening]
    }

    @Test func `the story of one host has its rules, its chain and what happened`() async throws {
        let site = try Site()
        try site.write(
            Text.documents(
                Text.ingressClass, Text.selfSignedIssuer("own"), Text.ingress("a", hosts: ["a.localhost"], secret: "a-tls", issuer: "own")),
            to: "all.yaml")
        let server = try site.serve()
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")
        func get(_ path: String) async throws -> (status: Int32, output: String) {
            try await ChildProcess.run(["curl", "-sS", "--max-time", "20", "http://\(server.admin ?? "")\(path)"], in: site.folder)
        }
        let story = try JSONDecoder().decode(Story.self, from: Data(try await get("/api/v1/hosts/A.localhost").output.utf8))
        #expect(story.host == "a.localhost" && story.servedSecret == "web/a-tls")
        #expect(story.rules.map(\.ingress) == ["web/a"] && story.rules.map(\.backend) == ["web/echo:80"])
        #expect(story.certificates.first?.chain.map(\.key) == ["ECDSA P-256"])
        #expect(story.recentEvents.map(\.reason) == ["issued", "began"])
        #expect(story.recentEvents.allSatisfy { $0.object == "Secret web/a-tls" })
        let timeline = try JSONDecoder().decode(Timeline.self, from: Data(try await get("/api/v1/timeline?limit=1").output.utf8))
        #expect(timeline.happenings.map(\.kind) == ["issued"] && timeline.happenings.map(\.number) == [2])
        #expect(try await get("/api/v1/hosts/nobody.example").output.contains("no served Ingress and no certificate has it"))
        #expect(try await get("/api/v1/hosts/%zz").output.contains("it is no host name"))
    }
}
