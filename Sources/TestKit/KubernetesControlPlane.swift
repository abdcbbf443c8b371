internal import FoundationEssentials
internal import Glibc
internal import HTTPClient
internal import Synchronization

/// A real API server: etcd and kube-apiserver from the folder that `KUBEBUILDER_ASSETS` names, on ports of their own, with RBAC, Pod
/// security admission and tokens for ServiceAccounts. There is no controller manager: a Deployment makes no Pods, an EndpointSlice comes
/// from nobody. Ends with its owner, and with the test process even if that is killed.
public final class KubernetesControlPlane: Sendable {
    /// Something that it needs did not start, or a command failed.
    public struct Failure: Error, CustomStringConvertible {
        /// What was tried, and what came out.
        public let description: String
    }

    /// Who may talk to the API server, and as what.
    enum Files {
        static let authority = "ca.pem"
        static let server = "apiserver"
        static let administrator = "admin"
        static let serviceAccountKey = "service-accounts.key"
    }

    /// The folder with the programs; nil when the environment names none, or one of them is missing in it.
    public static let assets: String? = {
        guard let folder = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"], !folder.isEmpty else { return nil }
        return ["etcd", "kube-apiserver", "kubectl"].allSatisfy { unsafe access("\(folder)/\($0)", X_OK) == 0 } ? folder : nil
    }()

    /// Whether the programs are there; tests skip loudly without.
    public static let isInstalled: Bool = {
        if assets == nil { print("==> skipped: \(absence)") }
        return assets != nil
    }()

    /// What a skipped test says.
    public static let absence = "KUBEBUILDER_ASSETS names no folder with etcd, kube-apiserver and kubectl"

    /// Where the API server listens, without a slash at the end; the same after a restart.
    public var server: String { "https://127.0.0.1:\(port)" }
    /// The port of ``server``.
    public let port: Int
    /// What the API server's certificate is signed by, in PEM.
    public let authorityPEM: [UInt8]
    /// A kubeconfig file with the client certificate of a cluster administrator (group `system:masters`).
    public let administrator: String

    let assets: String
    let folder: TemporaryFolder
    private let etcd: ChildProcess
    private let etcdURL: String
    private let apiServer = Mutex<ChildProcess?>(nil)

    /// Starts both and waits until the API server is ready.
    ///
    /// - Throws: ``Failure`` with what they wrote when they do not get there, or when there is no ``assets``.
    public convenience init() async throws {
        // A free port may be taken by somebody else before the program gets to it.
        for _ in 0..<2 {
            do {
                try await self.init(onPorts: FreePort.several(2))
                return
            } catch let failure as Failure where failure.description.contains("address already in use") { continue }
        }
        try await self.init(onPorts: FreePort.several(2))
    }

    private init(onPorts ports: [Int]) async throws {
        guard let assets = KubernetesControlPlane.assets else { throw Failure(description: KubernetesControlPlane.absence) }
        self.assets = assets
        folder = try TemporaryFolder("certctl-cluster")
        port = ports[0]
        etcdURL = "http://127.0.0.1:\(ports[1])"
        try await KubernetesControlPlane.writeCredentials(to: folder)
        try folder.write(KubernetesControlPlane.auditPolicy, to: "audit-policy.yaml")
        authorityPEM = Array(try folder.read(Files.authority).utf8)
        administrator = folder.path + "/admin.kubeconfig"
        etcd = try KubernetesControlPlane.start(
            [
                assets + "/etcd", "--data-dir", folder.path + "/etcd", "--listen-client-urls", etcdURL, "--advertise-client-urls", etcdURL,
                "--listen-peer-urls", "http://127.0.0.1:0", "--unsafe-no-fsync", "--log-level", "warn",
            ], log: folder.path + "/etcd.log")
        try writeAdministrator()
        try await startAPIServer()
    }

    deinit { stop() }

    /// Starts the API server, again after ``stopAPIServer(signal:)``, on the same port and data, and waits until it is ready.
    public func startAPIServer() async throws {
        let process = try KubernetesControlPlane.start(apiServerArguments, log: folder.path + "/kube-apiserver.log")
        apiServer.withLock { $0 = process }
        let client = try HTTPClient(HTTPClient.Configuration(caBundlePEM: authorityPEM, proxy: .direct))
        let request = HTTPRequest(method: "GET", url: server + "/readyz")
        let isReady = await eventually(within: .seconds(120)) {
            guard process.isRunning, etcd.isRunning else { return true }
            return (try? await client.send(request, bodyBytesMax: 1 << 16))?.status == 200
        }
        await client.shutdown()
        guard isReady, process.isRunning, etcd.isRunning else {
            throw Failure(description: "the API server is not ready: \(etcd.output.suffix(4000)) \(process.output.suffix(4000))")
        }
    }

    /// Ends the API server and waits for its end; etcd keeps the objects.
    ///
    /// - Parameter signal: SIGKILL (9), the default, is a crash; at SIGTERM it lets requests and watches end first.
    public func stopAPIServer(signal: Int32 = 9) async {
        guard let process = apiServer.withLock({ $0 }) else { return }
        process.send(signal: signal)
        _ = await process.end(within: .seconds(90))
        apiServer.withLock { $0 = nil }
    }

    /// Stops the API server where it stands: connections stay open, and nothing comes out of them.
    public func pauseAPIServer() { apiServer.withLock { $0?.send(signal: SIGSTOP) } }

    /// Lets a paused API server go on.
    public func resumeAPIServer() { apiServer.withLock { $0?.send(signal: SIGCONT) } }

    /// Ends both programs at once, and for good.
    public func stop() {
        apiServer.withLock { $0?.send(signal: SIGKILL) }
        etcd.send(signal: SIGKILL)
    }

    /// What the API server has written so far.
    public var apiServerLog: String { (try? folder.read("kube-apiserver.log")) ?? "" }

    private var apiServerArguments: [String] {
        let path = folder.path + "/"
        return [
            assets + "/kube-apiserver", "--etcd-servers", etcdURL, "--bind-address", "127.0.0.1", "--secure-port", "\(port)",
            "--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none", "--cert-dir", path + "apiserver",
            "--tls-cert-file", path + Files.server + ".pem", "--tls-private-key-file", path + Files.server + ".key",
            "--client-ca-file", path + Files.authority, "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.96.0.0/16",
            "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", path + Files.serviceAccountKey,
            "--service-account-signing-key-file", path + Files.serviceAccountKey,
            "--audit-policy-file", path + "audit-policy.yaml", "--audit-log-path", path + "audit.log",
        ]
    }

    /// Starts a program that does not outlive this process: a shell becomes the program, and leaves a child behind that looks every second
    /// whether both still live. (A parent-death signal would come with the end of the *thread* that started it.)
    private static func start(_ arguments: [String], log: String) throws -> ChildProcess {
        let watch = #"(while kill -0 "$0"; do kill -0 $$ || exit; sleep 1; done; kill -9 $$) 2>/dev/null >/dev/null & exec "$@""#
        return try ChildProcess(["/bin/sh", "-c", watch, "\(getpid())"] + arguments, log: log)
    }
}
