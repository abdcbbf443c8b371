import ACME
import Certificates
import Core
import FoundationEssentials
import KubernetesAPI
import Policies
import Routing
import Store
import Synchronization
import TestKit
import Testing

@testable import Issuance

/// Leadership as a test gives and takes it.
final class GivenLeadership: Leadership {
    private struct State {
        var term: UInt64?
        var terms: UInt64 = 0
        var readers: [AsyncStream<Bool>.Continuation] = []
    }

    private let state = Mutex(State())

    func isLeader() -> Bool { term() != nil }
    func term() -> UInt64? { state.withLock { $0.term } }

    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        state.withLock { state in
            continuation.yield(state.term != nil)
            state.readers.append(continuation)
        }
        return stream
    }

    func lead() {
        state.withLock { state in
            guard state.term == nil else { return }
            state.terms += 1
            state.term = state.terms
            for reader in state.readers { reader.yield(true) }
        }
    }

    func lose() {
        state.withLock { state in
            guard state.term != nil else { return }
            state.term = nil
            for reader in state.readers { reader.yield(false) }
        }
    }
}

/// Several processes over one store, each with a leadership of its own, a table that its proxy would answer from, and a store and
/// connections in which a test can let something happen.
final class Replicas: Sendable {
    final class Replica: Sendable {
        let leadership = GivenLeadership()
        let web = WebServer()
        let hooks = Hooks()
        let lookup: ChallengeLookup
        fileprivate let controllerBox: Mutex<IssuanceController?> = Mutex(nil)
        fileprivate let tasks: Mutex<[Task<Void, Never>]> = Mutex([])

        init(lookup: ChallengeLookup) { self.lookup = lookup }

        var controller: IssuanceController {
            get throws { try #require(controllerBox.withLock { $0 }) }
        }

        /// What the proxy of this process answers: what it knows, or else what it finds.
        func answer(_ token: String) async -> String? {
            if let known = web.answer("", token) { return known }
            return await lookup(token)
        }

        func fact(_ name: String = "tls") async throws -> CertificateFact? {
            try await controller.facts().first { $0.secretName == name }
        }
    }

    private let temporary: TemporaryFolder
    let store: FolderStore
    let time = ControlledTime(noon)
    let ca: FakeCA
    let log = LogCapture()
    let all: [Replica]

    /// - Parameter asked: the one whose proxy the CA asks.
    init(_ count: Int = 2, asked: Int = 0, caSettings: FakeCA.Settings = FakeCA.Settings()) throws {
        temporary = try TemporaryFolder("certctl-replicas")
        try FileManager.default.createDirectory(atPath: temporary.path + "/manifests", withIntermediateDirectories: true)
        let store = try FolderStore(
            manifests: temporary.path + "/manifests", state: temporary.path + "/state", logger: log.logger)
        self.store = store
        let namespace = IssuanceSettings().clusterResourceNamespace
        let logger = log.logger
        let all = (0..<count).map { _ in Replica(lookup: ChallengeLookup(store: store, namespace: namespace, logger: logger)) }
        self.all = all
        ca = try FakeCA(settings: caSettings, time: time) { _, token in await all[asked].answer(token) }
        for replica in all { try start(replica) }
    }

    func write(_ name: String, _ documents: String...) throws {
        try temporary.write(documents.joined(separator: "\n---\n"), to: "manifests/" + name)
    }

    private func start(_ replica: Replica) throws {
        let controller = IssuanceController(
            store: HookedStore(store: store, hooks: replica.hooks), settings: IssuanceSettings(), ingressClasses: IngressClassPolicy(),
            transports: HookedTransports(ca: ca, hooks: replica.hooks), time: time, logger: log.logger, leadership: replica.leadership,
            policies: .permissive
        ) { replica.web.publish($0) }
        replica.controllerBox.withLock { $0 = controller }
        let time = time
        let updates = store.updates()
        let feed = Task {
            do {
                var catalog = try CertificateCatalog(policy: IngressClassPolicy(), now: time.now())
                for await update in updates {
                    _ = catalog.apply(update, now: time.now())
                    await controller.handle(update, certificates: catalog.verdicts(for: update))
                }
            } catch { Issue.record("\(error)") }
        }
        let run = Task { await controller.run() }
        replica.tasks.withLock { $0 = [feed, run] }
    }

    func stop() async {
        for replica in all {
            let tasks = replica.tasks.withLock(\.self)
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
        }
        await store.shutdown()
    }

    func eventually(_ sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool) async throws {
        try #require(
            await TestKit.eventually(within: .minutes(4), condition), "\(all.map(\.hooks.done))\n\(log.text)",
            sourceLocation: sourceLocation)
    }

    func secret(_ name: String, namespace: String = "web") async throws -> Secret? {
        try await store.secret(NamespacedName(namespace: namespace, name: name))
    }

    /// The Secrets of a namespace in the state folder.
    func names(namespace: String = "web") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(temporary.path)/state/secrets/\(namespace)")) ?? []).sorted()
    }
}

/// What happens around each thing that a process does to the outside world.
final class Hooks: Sendable {
    /// Such as `put web/tls` or `POST newOrder`.
    typealias Hook = @Sendable (_ what: String) async -> Void

    private let state = Mutex<(before: Hook, after: Hook, done: [String], refused: [String])>(({ _ in }, { _ in }, [], []))

    var done: [String] { state.withLock { $0.done } }
    /// What the store refused.
    var refused: [String] { state.withLock { $0.refused } }

    func set(before: @escaping Hook = { _ in }, after: @escaping Hook = { _ in }) {
        state.withLock { ($0.before, $0.after) = (before, after) }
    }

    func before(_ what: String) async { await state.withLock { $0.before }(what) }
    func after(_ what: String) async {
        state.withLock { $0.done.append(what) }
        await state.withLock { $0.after }(what)
    }
    func refuse(_ what: String) { state.withLock { $0.refused.append(what) } }
}

private struct HookedStore: Store {
    let store: FolderStore
    let hooks: Hooks

    func updates() -> AsyncStream<StoreUpdate> { store.updates() }

    func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try await hooked("put \(secret.metadata.id)") { () async throws(StoreError) in try await store.put(secret, expecting: condition) }
    }

    func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try await store.put(configMap, expecting: condition)
    }

    func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await hooked("delete \(name)") { () async throws(StoreError) in try await store.deleteSecret(name, expecting: condition) }
    }

    func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await store.deleteConfigMap(name, expecting: condition)
    }

    func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? { try await store.secret(name) }
    func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? { try await store.configMap(name) }

    private func hooked<Value: Sendable>(_ what: String, _ body: () async throws(StoreError) -> Value) async throws(StoreError) -> Value {
        await hooks.before(what)
        do {
            let value = try await body()
            await hooks.after(what)
            return value
        } catch {
            hooks.refuse("\(what): \(error.code)")
            throw error
        }
    }
}

private struct HookedTransports: ACMETransportFactory {
    let ca: FakeCA
    let hooks: Hooks

    func open(_ configuration: ACMETransportConfiguration) throws(ACMETransportError) -> OpenACMETransport {
        OpenACMETransport(Connection(ca: ca, hooks: hooks))
    }

    private struct Connection: ACMETransport {
        let ca: FakeCA
        let hooks: Hooks

        func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
            let what = "\(request.method.rawValue) \(request.url)"
            await hooks.before(what)
            guard !Task.isCancelled else { throw ACMETransportError(.cancelled, "cancelled") }
            let response = try await ca.send(request)
            await hooks.after(what)
            return response
        }
    }
}
