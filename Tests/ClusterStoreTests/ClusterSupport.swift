internal import ClusterStore
internal import Core
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Store
internal import Synchronization
internal import TestKit

/// A cluster store over a fake API server.
final class FakeCluster: Sendable {
    let server: FakeAPIServer
    let client: APIClient
    let store: ClusterStore
    private let log: HealthLog

    init(server: FakeAPIServer, _ change: (inout ClusterStoreSettings) -> Void = { _ in }) {
        self.server = server
        client = APIClient(
            server.configuration, limits: RateLimit(requestsPerSecond: 10_000, burst: 10_000), logger: FakeCluster.logger)
        let settings = FakeCluster.settings(change)
        let log = HealthLog()
        store = ClusterStore(settings, client: client, logger: FakeCluster.logger) { log.add($0) }
        self.log = log
    }

    private final class HealthLog: Sendable {
        private let all = Mutex<[ClusterHealth]>([])
        func add(_ health: ClusterHealth) { all.withLock { $0.append(health) } }
        var last: ClusterHealth? { all.withLock { $0.last } }
    }

    /// The last word about health.
    var lastHealth: ClusterHealth? { log.last }

    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Quick settings: Ingresses of the class `certctl` are ours.
    static func settings(_ change: (inout ClusterStoreSettings) -> Void = { _ in }) -> ClusterStoreSettings {
        var settings = ClusterStoreSettings { ingress, _ in ingress.spec.ingressClassName == "certctl" }
        settings.timing.backoffMin = .milliseconds(5)
        settings.timing.backoffMax = .milliseconds(40)
        settings.timing.briefWatchTime = .zero
        settings.discoveryInterval = .milliseconds(20)
        change(&settings)
        return settings
    }

    /// Runs a body and shuts everything down.
    static func with(
        server: FakeAPIServer, _ change: (inout ClusterStoreSettings) -> Void = { _ in }, _ body: (FakeCluster) async throws -> Void
    ) async throws {
        let cluster = FakeCluster(server: server, change)
        try await body(cluster)
        await cluster.store.shutdown()
        await cluster.client.shutdown()
    }

    /// A reader of the updates from now on.
    func reader() -> UpdateLog {
        let log = UpdateLog()
        let stream = store.updates()
        Task { for await update in stream { log.add(update) } }
        return log
    }
}

/// The updates that a reader got.
final class UpdateLog: Sendable {
    private let all = Mutex<[StoreUpdate]>([])

    func add(_ update: StoreUpdate) { all.withLock { $0.append(update) } }

    var updates: [StoreUpdate] { all.withLock { $0 } }
    var count: Int { all.withLock { $0.count } }
    var objects: ObjectSet { all.withLock { $0.last?.objects ?? ObjectSet() } }
    var problems: [StoreProblem] { all.withLock { $0.last?.problems ?? [] } }

    /// Nothing came.
    struct Silence: Error {}

    /// Waits for the first update; what a test looks at after that is there.
    func begin() async throws {
        guard await eventually(within: .seconds(30), { count > 0 }) else { throw Silence() }
    }

    func has(within limit: Duration = .seconds(30), _ condition: @escaping (ObjectSet) -> Bool) async -> Bool {
        await eventually(within: limit) { condition(self.objects) }
    }
}

/// Documents as the API server has them.
enum Manifest {
    static func ingress(_ name: String, namespace: String = "shop", secret: String?, className: String = "certctl") -> String {
        let tls = secret.map { "tls: [{hosts: [\(name).example], secretName: \($0)}], " } ?? ""
        return """
            {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: \(namespace), name: \(name)}, spec: {ingressClassName:
              \(className), \(tls)rules: [{host: \(name).example}]}}
            """
    }

    static func secret(
        _ name: String, namespace: String = "shop", type: String = "kubernetes.io/tls", labels: String = "", annotations: String = "",
        data: String = "{tls.crt: YQ==, tls.key: Yg==}"
    ) -> String {
        """
        {apiVersion: v1, kind: Secret, metadata: {namespace: \(namespace), name: \(name), labels: {\(labels)},
          annotations: {\(annotations)}}, type: \(type), data: \(data)}
        """
    }

    static let ours = "app.kubernetes.io/managed-by: certctl, certctl.dev/role: certificate"

    static func issuer(_ name: String, namespace: String = "shop", account: String = "account") -> String {
        """
        {apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {namespace: \(namespace), name: \(name)}, spec: {acme: {server:
          "https://ca.example", privateKeySecretRef: {name: \(account)}}}}
        """
    }
}

extension NamespacedName {
    static func shop(_ name: String) -> NamespacedName { NamespacedName(namespace: "shop", name: name) }
}
