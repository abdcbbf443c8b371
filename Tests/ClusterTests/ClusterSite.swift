import FoundationEssentials
import TestKit
import Testing

/// A CA, a backend, and a namespace, an IngressClass and an issuer of a test's own, so that what earlier tests left behind is not served.
final class ClusterSite: Sendable {
    /// Of the IngressClass and the issuer.
    let name: String
    let namespace: String
    let deployed: Deployed
    let issuerKind: IssuerKind
    let folder: TemporaryFolder
    let pebble: Pebble
    /// Where the CA, and nobody else, asks for challenges: any of the replicas, as behind a Service.
    let balancer: NetworkRelay
    let backend: ClusterBackend

    /// - Parameter settings: how the CA behaves.
    init(_ base: String, components: [String] = [], pebble settings: Pebble.Settings = Pebble.Settings()) async throws {
        deployed = try await Deployed.apply(base, components: components)
        try await deployed.dropLease()
        name = "site-\(UInt32.random(in: 0...UInt32.max))"
        issuerKind = base == "namespaced" ? .issuer : .clusterIssuer
        namespace = base == "namespaced" ? deployed.namespace : name
        folder = try TemporaryFolder("certctl-cluster-site")
        balancer = try await NetworkRelay()
        pebble = try await Pebble(httpPort: balancer.port, settings: settings)
        try folder.write(String(decoding: await pebble.rootPEM(), as: UTF8.self), to: "roots.pem")
        backend = try await ClusterBackend(in: folder)
        let bundle = Data(pebble.tlsRootPEM).base64EncodedString()
        try await deployed.cluster.apply(
            Text.documents(
                Text.namespace(namespace), Text.ingressClass(name),
                Text.acmeIssuer(directory: pebble.directoryURL, caBundle: bundle, in: self), backend.service("echo", in: self)))
    }

    /// Starts replicas of a Deployment and waits until they are ready; challenges go to those that serve.
    func start(_ count: Int, of deployment: String = "certctl", _ more: [String] = []) async throws -> [Replica] {
        var replicas: [Replica] = []
        let ports = try FreePort.several(3 * count)
        for index in 0..<count {
            replicas.append(
                try await Replica(
                    "\(deployment)-\(index)", of: deployment, in: deployed, ports: Array(ports[(3 * index)...].prefix(3)), folder: folder,
                    ["--controller-name", "certctl.dev/\(name)", "--ingress-class", name] + more))
        }
        for replica in replicas { try await waitUntilReady(replica) }
        if let first = replicas.first, first.http > 0 { try balancer.lead(to: replicas.map(\.http)) }
        return replicas
    }

    func waitUntilReady(_ replica: Replica) async throws {
        let isReady = try await eventually(within: .seconds(60)) {
            guard replica.process.isRunning else { return true }
            return try await replica.isReady(in: folder)
        }
        guard isReady, replica.process.isRunning else { throw Failure(description: "\(replica.name): \(replica.process.output)") }
    }

    /// Applies an Ingress with these hosts.
    func applyIngress(_ name: String, hosts: [String], service: String = "echo") async throws {
        try await deployed.cluster.apply(Text.ingress(name, hosts: hosts, in: self, service: service))
    }

    /// Asks a replica for a URL, whatever host that names; the certificate is verified against the CA's root.
    func curl(_ url: String, _ replica: Replica, _ more: String...) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            [
                "curl", "-sS", "--max-time", "20", "--noproxy", "*", "--cacert", folder.path + "/roots.pem", "--connect-to",
                "::127.0.0.1:\(url.hasPrefix("https") ? replica.https : replica.http)",
            ] + more + [url], in: folder)
    }

    /// Expects that each of the replicas soon answers for each host with a certificate of the CA and the backend's words.
    func expectServed(
        _ hosts: [String], by replicas: [Replica], issuedBy issuers: [Replica] = [], within limit: Duration = .seconds(90),
        at place: SourceLocation = #_sourceLocation
    ) async throws {
        let deadline = ContinuousClock.now.advanced(by: limit)
        for replica in replicas {
            for host in hosts {
                var answer: (status: Int32, output: String) = (1, "not asked")
                let isServed = try await eventually(within: max(deadline - ContinuousClock.now, .seconds(1))) {
                    answer = try await curl("https://\(host)/", replica)
                    return answer.status == 0 && answer.output.contains(#""backend": "echo""#)
                }
                guard !isServed else { continue }
                let logs = ([replica] + issuers).map { "\($0.name):\n\($0.process.output.suffix(6000))" }
                Issue.record(
                    "\(host) at \(replica.name): \(answer.output)\n\(logs.joined(separator: "\n"))", sourceLocation: place)
                return
            }
        }
    }

    /// The serial number that a replica serves for a host, as openssl writes it.
    func serial(of host: String, at replica: Replica) async throws -> String {
        try await ChildProcess.run(
            [
                "sh", "-c",
                """
                openssl s_client -connect 127.0.0.1:\(replica.https) -servername \(host) </dev/null 2>/dev/null | openssl x509 -noout -serial
                """,
            ], in: folder
        ).output
    }

    /// Asks for these hosts without a pause, over connections whose certificates are verified; ends with 0 if none failed.
    func load(_ hosts: [String], on port: Int, seconds: Int) throws -> ChildProcess {
        try ChildProcess(
            ["python3", Deployed.root + "scripts/support/load.py", folder.path + "/roots.pem", "\(port)", "\(seconds)"] + hosts,
            log: folder.path + "/load-\(UInt64.random(in: 0...UInt64.max)).json")
    }

    /// The replica that holds the Lease, by what it calls itself in its log; nil when none does.
    func leader(of replicas: [Replica]) async throws -> Replica? {
        let holder = try await deployed.leaseHolder()
        guard !holder.isEmpty else { return nil }
        return replicas.first { replica in
            replica.process.output.split(separator: "\n").contains { $0.contains("this process is the leader") && $0.contains(holder) }
        }
    }

    /// The names of Secrets of the site with this role.
    func secrets(role: String) async throws -> [String] {
        try await deployed.cluster.expectKubectl(
            "get", "secrets", "--all-namespaces", "--selector", "certctl.dev/role=\(role)", "--output",
            "jsonpath={range .items[*]}{.metadata.name} {.metadata.annotations.certctl\\.dev/secret}{\"\\n\"}{end}"
        ).split(separator: "\n").map(String.init).filter { $0.contains(" \(namespace)/") }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}

/// The small backend of the demo, at an address that an EndpointSlice may have.
final class ClusterBackend: Sendable {
    let port: Int
    /// This machine's own address; nil when it has none but the loopback one.
    let address: String?
    private let process: ChildProcess

    init(in folder: TemporaryFolder) async throws {
        // No packet is sent: this asks which address a route outwards would begin at.
        let script = """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("198.51.100.1", 9)); print(s.getsockname()[0], end="")
            """
        let found = try await ChildProcess.run(["python3", "-c", script], in: folder)
        address = found.status == 0 ? found.output : nil
        process = try ChildProcess(
            ["python3", Deployed.root + "scripts/support/backend.py", "echo", "0", address ?? "127.0.0.1"],
            log: folder.path + "/backend.log")
        var port: Int?
        _ = await eventually(within: .seconds(20)) { [process] in
            port = process.output.split(separator: "\n").first.flatMap { Int($0) }
            return port != nil
        }
        guard let port else { throw ClusterSite.Failure(description: "the backend does not start: \(process.output)") }
        self.port = port
    }

    /// A Service that leads to it.
    func service(_ name: String, in site: ClusterSite) -> String {
        if let address { return Text.service(name, port: port, address: address, in: site) }
        return Text.externalService(name, port: port, in: site)
    }
}
