import ClusterStore
import Core
import FoundationEssentials
import HashTreeCollections
import KubernetesAPI
import KubernetesClient
import Logging
import Store
import Synchronization
import TestKit
import Testing

extension ClusterTests {
    /// The store over the real API server, under the ServiceAccount that `deploy/` gives it.
    @Suite("The store") struct StoreTests {
        private static let ours = ["app.kubernetes.io/managed-by": "certctl", "certctl.dev/role": "order"]

        @Test func `a Secret is created, changed, refused on an old version and deleted, and the stream shows each`() async throws {
            let follower = try await Follower(namespace: "store-writes")
            let name = NamespacedName(namespace: "store-writes", name: "certctl-order-web")
            func secret(_ value: String) -> Secret {
                Secret(metadata: ObjectMeta(id: name, labels: Self.ours), data: ["x": Array(value.utf8)])
            }
            let first = try await follower.store.put(secret("1"), expecting: .absent)
            #expect(await eventually { follower.value(of: name) == "1" })
            await expectConflict { () async throws(StoreError) in _ = try await follower.store.put(secret("2"), expecting: .absent) }
            let second = try await follower.store.put(secret("2"), expecting: .version(first))
            #expect(second != first)
            await expectConflict { () async throws(StoreError) in _ = try await follower.store.put(secret("3"), expecting: .version(first))
            }
            #expect(try await follower.store.secret(name)?.data["x"] == Array("2".utf8))
            await expectConflict { () async throws(StoreError) in
                try await follower.store.deleteSecret(name, expecting: .version(first))
            }
            try await follower.store.deleteSecret(name, expecting: .version(second))
            try await follower.store.deleteSecret(name, expecting: .any)
            #expect(await eventually { follower.value(of: name) == nil })
            await follower.end()
        }

        @Test func `a Secret of somebody else's is neither written nor deleted`() async throws {
            let follower = try await Follower(namespace: "store-foreign")
            let name = NamespacedName(namespace: "store-foreign", name: "theirs")
            try await follower.cluster.expectKubectl(
                "create", "secret", "generic", name.name, "--namespace", name.namespace, "--from-literal", "x=theirs")
            let mine = Secret(metadata: ObjectMeta(id: name, labels: Self.ours), data: ["x": Array("mine".utf8)])
            do throws(StoreError) {
                try await follower.store.put(mine, expecting: .any)
                Issue.record("written")
            } catch { #expect(error.code == .foreignObject, "\(error)") }
            do throws(StoreError) {
                try await follower.store.deleteSecret(name, expecting: .any)
                Issue.record("deleted")
            } catch { #expect(error.code == .foreignObject, "\(error)") }
            #expect(try await follower.store.secret(name)?.data["x"] == Array("theirs".utf8))
            await follower.end()
        }

        @Test func `a restarted API server is listed anew without a change, and what was deleted meanwhile is seen`() async throws {
            let follower = try await Follower(namespace: "store-restart")
            let cluster = follower.cluster
            for name in ["kept", "gone"] {
                try await cluster.apply(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: \(name), namespace: store-restart}
                    spec: {clusterIP: None, ports: [{name: http, port: 80}]}
                    """)
            }
            func services() -> Set<String> {
                Set(follower.latest?.objects.services.keys.filter { $0.namespace == "store-restart" }.map(\.name) ?? [])
            }
            #expect(await eventually { services() == ["kept", "gone"] })

            await follower.relay.cut()
            try await cluster.expectKubectl("delete", "service", "gone", "--namespace", "store-restart")
            await cluster.stopAPIServer()
            try await cluster.startAPIServer()
            let before = follower.changes.withLock { $0.count }
            #expect(services() == ["kept", "gone"], "what is known stays while there is no news")
            try await follower.relay.mend()
            #expect(await eventually(within: .seconds(60)) { services() == ["kept"] })
            // A change that is made now comes over all watches that work again: none of what came before it may be churn.
            try await cluster.expectKubectl("label", "service", "kept", "--namespace", "store-restart", "seen=yes")
            try await cluster.expectKubectl("patch", "service", "kept", "--namespace", "store-restart", "--patch", Self.portPatch)
            let kept = NamespacedName(namespace: "store-restart", name: "kept")
            #expect(await eventually(within: .seconds(60)) { follower.latest?.objects.services[kept]?.ports.count == 2 })
            let changed = follower.changes.withLock { $0[before...].reduce(into: ChangeSet()) { $0 = $0.merged(with: $1) } }
            #expect(!changed.isEverything)
            #expect(changed.services == [kept, NamespacedName(namespace: "store-restart", name: "gone")])
            #expect(
                changed.ingresses.isEmpty && changed.secrets.isEmpty && changed.endpointSlices.isEmpty && changed.ingressClasses.isEmpty)
            await follower.end()
        }

        private static let portPatch = #"{"spec": {"ports": [{"name": "more", "port": 81}, {"name": "http", "port": 80}]}}"#

        private func expectConflict(_ body: () async throws(StoreError) -> Void) async {
            do throws(StoreError) {
                try await body()
                Issue.record("no conflict")
            } catch { #expect(error.code == .conflict, "\(error)") }
        }
    }

    /// A store over the shared cluster, and everything that came out of it.
    final class Follower: Sendable {
        let cluster: KubernetesControlPlane
        let relay: NetworkRelay
        let store: ClusterStore
        let changes = Mutex<[ChangeSet]>([])
        private let newest = Mutex<StoreUpdate?>(nil)
        private let client: APIClient
        private let reading = Mutex<Task<Void, Never>?>(nil)

        init(namespace: String) async throws {
            let deployed = try await Deployed.apply("all-in-one")
            cluster = deployed.cluster
            try await cluster.apply(Text.namespace(namespace))
            relay = try await NetworkRelay(to: cluster.port)
            let token = try await cluster.token(of: "certctl", in: deployed.namespace)
            let file = try cluster.writeKubeconfig(namespace, token: token, server: "https://127.0.0.1:\(relay.port)")
            client = APIClient(try Kubeconfig.load(explicitPath: file).configuration(), logger: Logger(label: "client"))
            store = ClusterStore(ClusterStoreSettings { _, _ in true }, client: client, logger: Logger(label: "store"))
            reading.withLock { $0 = Task { [weak self, store] in for await update in store.updates() { self?.take(update) } } }
            guard await eventually(within: .seconds(30), { latest != nil }) else {
                throw ClusterSite.Failure(description: "no first update: \(await store.health())")
            }
        }

        var latest: StoreUpdate? { newest.withLock { $0 } }

        /// What the stream shows of a Secret's entry `x`.
        func value(of name: NamespacedName) -> String? {
            latest?.objects.secrets[name]?.data["x"].map { String(decoding: $0, as: UTF8.self) }
        }

        func end() async {
            await store.shutdown()
            await client.shutdown()
            await reading.withLock { $0 }?.value
        }

        private func take(_ update: StoreUpdate) {
            changes.withLock { $0.append(update.changed) }
            newest.withLock { $0 = update }
        }
    }
}
