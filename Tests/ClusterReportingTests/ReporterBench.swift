import Certificates
import Core
import FoundationEssentials
import HashTreeCollections
import Issuance
import KubernetesAPI
import KubernetesClient
import Logging
import Manifests
import Policies
import Routing
import Store
import Synchronization
import TestKit
import Testing

@testable import ClusterReporting

/// A control plane beside an API server: what stands there goes in, Secrets stay in a folder.
final class ReporterBench: Sendable {
    let server: FakeAPIServer
    let recorder: EventRecorder
    let issuance: IssuanceController
    let reporter: ClusterReporter
    let leadership = TestLeadership()
    private let store: FolderStore
    private let folder: TemporaryFolder
    private let catalog: Mutex<CertificateCatalog>
    private let tasks = Mutex<[Task<Void, Never>]>([])

    init(_ settings: ClusterReporter.Settings) async throws {
        server = try await FakeAPIServer()
        folder = try TemporaryFolder("certctl-reporting")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        store = try FolderStore(manifests: nil, state: folder.path + "/state", logger: logger)
        let client = APIClient(server.configuration, limits: RateLimit(requestsPerSecond: 100_000, burst: 100_000), logger: logger)
        recorder = EventRecorder(client: client, instance: "certctl-0", time: QuickTime(), logger: logger)
        issuance = IssuanceController(
            store: store, settings: IssuanceSettings(), ingressClasses: IngressClassPolicy(), logger: logger, leadership: leadership,
            policies: .permissive
        ) { _ in }
        reporter = ClusterReporter(
            client: client, recorder: recorder, issuance: issuance, settings: settings, leadership: leadership, time: QuickTime(),
            logger: logger)
        catalog = Mutex(try CertificateCatalog(policy: IngressClassPolicy(), now: Date()))
    }

    /// Runs everything while the body does; objects of the server are followed all the time.
    func running(_ body: () async throws -> Void) async throws {
        await follow()
        start { [reporter] in await reporter.run() }
        start { [recorder] in await recorder.run() }
        start { [issuance] in await issuance.run() }
        start { [self] in
            var seen = server.resourceVersion
            while (try? await Task.sleep(for: .milliseconds(5))) != nil {
                guard server.resourceVersion != seen else { continue }
                seen = server.resourceVersion
                await follow()
            }
        }
        defer { for task in tasks.withLock({ $0 }) { task.cancel() } }
        try await body()
    }

    private func start(_ body: @escaping @Sendable () async -> Void) { tasks.withLock { $0.append(Task { await body() }) } }

    /// Hands in what stands in the server.
    private func follow() async {
        let resources: [APIResource] = [.ingresses, .services, .issuers, .clusterIssuers, .certificates]
        var objects = ObjectSet()
        for value in resources.flatMap({ server.objects($0) }) {
            for case .success(let root) in ManifestReader.documents(in: value.json, file: "x.json") {
                DecodedDocument.decode(root) { if case .object(let object, _) = $0 { objects.insert(object) } }
            }
        }
        let update = StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true))
        let verdicts = catalog.withLock { catalog in
            _ = catalog.apply(update, now: Date())
            return catalog.verdicts(for: update)
        }
        await issuance.handle(update, certificates: verdicts)
        await reporter.handle(update)
    }

    func eventually(_ location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool) async throws {
        try #require(await TestKit.eventually(within: .seconds(30), condition), sourceLocation: location)
    }

    /// `Kind name reason` of every event, in the order of arrival.
    var events: [String] {
        server.requests(.create, of: .events).filter { $0.status == 201 }.compactMap { request in
            request.object.map { event in
                "\(event.at("regarding", "kind")?.text ?? "") \(event.at("regarding", "name")?.text ?? "") \(event["reason"]?.text ?? "")"
            }
        }
    }

    func addresses(_ name: String) -> [String] {
        let list = server.object(.ingresses, namespace: "shop", name: name)?.at("status", "loadBalancer", "ingress")?.elements ?? []
        return list.compactMap { $0["ip"]?.text ?? $0["hostname"]?.text }
    }

    /// `status reason` of a condition.
    func condition(_ type: String, _ resource: APIResource, namespace: String = "shop", _ name: String) -> String? {
        let conditions = server.object(resource, namespace: namespace, name: name)?.at("status", "conditions")?.elements ?? []
        guard let condition = conditions.first(where: { $0["type"]?.text == type }) else { return nil }
        return "\(condition["status"]?.text ?? "") \(condition["reason"]?.text ?? "")"
    }
}

/// Leadership that a test gives and takes.
final class TestLeadership: Leadership {
    private struct State {
        var term: UInt64 = 1
        var isLeader = true
        var followers: [AsyncStream<Bool>.Continuation] = []
    }

    private let state = Mutex(State())

    func set(_ isLeader: Bool) {
        state.withLock { state in
            if isLeader, !state.isLeader { state.term += 1 }
            state.isLeader = isLeader
            for follower in state.followers { follower.yield(isLeader) }
        }
    }

    func isLeader() -> Bool { state.withLock { $0.isLeader } }
    func term() -> UInt64? { state.withLock { $0.isLeader ? $0.term : nil } }

    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream<Bool>.makeStream()
        state.withLock { state in
            state.followers.append(continuation)
            continuation.yield(state.isLeader)
        }
        return stream
    }
}

/// The real clock, but what waits for seconds waits for milliseconds; what waits for a minute waits for ever.
struct QuickTime: TimeSource {
    func now() -> Date { Date() }

    func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration >= .seconds(60) ? .seconds(3600) : duration / 500)
    }
}

/// Manifests as text.
enum Text {
    static func ingress(_ name: String, hosts: String = "a.example", secret: String = "tls", className: String = "certctl") -> String {
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: \(name), namespace: shop, annotations: {cert-manager.io/cluster-issuer: self}}
        spec: {ingressClassName: \(className), tls: [{hosts: ["\(hosts)"], secretName: \(secret)}]}
        """
    }

    static func issuer(_ name: String = "self", spec: String = "{selfSigned: {}}") -> String {
        "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: \(name)}\nspec: \(spec)"
    }

    static func certificate(_ name: String, secret: String, issuer: String = "self") -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: {name: \(name), namespace: shop}
        spec: {secretName: \(secret), dnsNames: [b.example], issuerRef: {name: \(issuer), kind: ClusterIssuer}}
        """
    }
}
