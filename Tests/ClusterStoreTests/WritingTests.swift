import ClusterStore
import Core
import HashTreeCollections
import KubernetesAPI
import KubernetesClient
import Store
import TestKit
import Testing

@Suite("Writing to the cluster") struct WritingTests {
    let server: FakeAPIServer

    init() async throws { server = try await FakeAPIServer() }

    static let labels = ["app.kubernetes.io/managed-by": "certctl", "certctl.dev/role": "order"]

    static func secret(_ data: [String: String], named name: String = "a", labels: [String: String] = labels) -> Secret {
        Secret(metadata: ObjectMeta(namespace: "shop", name: name, labels: labels), data: data.mapValues { Array($0.utf8) })
    }

    func code(_ body: () async throws -> Void) async -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? StoreError)?.code }
    }

    func stored(_ name: String = "a") -> [String: String] {
        guard case .object(let entries)? = server.object(.secrets, namespace: "shop", name: name)?["data"] else { return [:] }
        return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value.text ?? "") })
    }

    /// A cluster whose first update has come.
    func withCluster(
        _ change: (inout ClusterStoreSettings) -> Void = { _ in }, _ body: (ClusterStore, UpdateLog) async throws -> Void
    ) async throws {
        try await FakeCluster.with(server: server, change) { cluster in
            let log = cluster.reader()
            try await log.begin()
            try await body(cluster.store, log)
        }
    }

    @Test func `what was written is shown when the write returns, whatever the watches say`() async throws {
        try await withCluster { store, _ in
            server.stallWatches()
            var updates = store.updates().makeAsyncIterator()
            _ = await updates.next()
            let version = try await store.put(Self.secret(["k": "1"]), expecting: .absent)
            let shown = await updates.next()
            #expect(shown?.changed.secrets == [.shop("a")])
            #expect(shown?.objects.secrets[.shop("a")]?.metadata.resourceVersion == version)
            try await store.put(Self.secret(["k": "2"]), expecting: .version(version))
            #expect(await updates.next()?.objects.secrets[.shop("a")]?.data["k"] == [UInt8(ascii: "2")])
            try await store.deleteSecret(.shop("a"), expecting: .any)
            #expect(await updates.next()?.objects.secrets.isEmpty == true)
        }
    }

    @Test func `conditions are kept by the API server`() async throws {
        try await withCluster { store, _ in
            let version = try await store.put(Self.secret(["k": "1"]), expecting: .absent)
            #expect(
                await code { try await store.put(Self.secret(["k": "2"]), expecting: .absent) } == .conflict)
            #expect(
                await code { try await store.put(Self.secret(["k": "2"]), expecting: .version("1")) }
                    == .conflict)
            let next = try await store.put(Self.secret(["k": "2"]), expecting: .version(version))
            #expect(next != version)
            #expect(
                await code {
                    try await store.put(Self.secret(["k": "2"], named: "none"), expecting: .version(next))
                } == .conflict)
            #expect(
                await code { try await store.deleteSecret(.shop("a"), expecting: .version(version)) }
                    == .conflict)
            try await store.deleteSecret(.shop("a"), expecting: .version(next))
            #expect(
                await code { try await store.deleteSecret(.shop("a"), expecting: .version(next)) }
                    == .conflict)
            try await store.deleteSecret(.shop("a"), expecting: .any)
            try await store.put(Self.secret(["k": "3"]), expecting: .any)
            try await store.put(Self.secret(["k": "4"]), expecting: .any)
            #expect(stored() == ["k": "NA=="])
        }
    }

    @Test func `somebody who writes in between makes a conflict, and without a condition another try`() async throws {
        try await withCluster { store, _ in
            let version = try await store.put(Self.secret(["k": "1"]), expecting: .absent)
            server.script(.conflict, at: .apply)
            #expect(
                await code { try await store.put(Self.secret(["k": "2"]), expecting: .version(version)) }
                    == .conflict)
            server.script(.conflict, at: .apply, times: ClusterLimits.writeConflictsMax - 1)
            try await store.put(Self.secret(["k": "2"]), expecting: .any)
            server.script(.conflict, at: .apply, times: ClusterLimits.writeConflictsMax)
            #expect(
                await code { try await store.put(Self.secret(["k": "3"]), expecting: .any) } == .conflict)
        }
    }

    @Test func `the stored entries are exactly the written ones, also those that were created`() async throws {
        try await withCluster { store, _ in
            try await store.put(Self.secret(["order": "1", "header": "1"]), expecting: .any)
            try await store.put(Self.secret(["failure": "1", "header": "2"]), expecting: .any)
            #expect(stored() == ["failure": "MQ==", "header": "Mg=="])
            try await store.put(Self.secret(["order": "2", "header": "3"]), expecting: .any)
            #expect(stored() == ["order": "Mg==", "header": "Mw=="])
        }
    }

    @Test func `labels of others stay theirs`() async throws {
        try await withCluster { store, _ in
            try await store.put(Self.secret(["k": "1"]), expecting: .absent)
            var labelled = try #require(server.object(.secrets, namespace: "shop", name: "a"))
            labelled["metadata"]?["labels"]?["team"] = "red"
            server.put(labelled, manager: "argo")
            var secret = try #require(try await store.secret(.shop("a")))
            secret.data["k"] = [1]
            try await store.put(secret, expecting: .any)
            let stored = try #require(server.object(.secrets, namespace: "shop", name: "a"))
            #expect(stored.at("metadata", "labels", "team")?.text == "red")
            let fields = stored.at("metadata", "managedFields").map { "\($0)" } ?? ""
            #expect(fields.contains("f:team"))
        }
    }

    @Test func `a foreign object is served and never written or deleted`() async throws {
        server.put(Manifest.ingress("web", secret: "theirs"))
        server.put(Manifest.secret("theirs"))
        try await withCluster { store, log in
            #expect(await log.has { $0.secrets.count == 1 })
            let secret = try #require(try await store.secret(.shop("theirs")))
            let version = try #require(secret.metadata.resourceVersion)
            #expect(
                await code { try await store.put(secret, expecting: .version(version)) } == .foreignObject)
            #expect(await code { try await store.put(secret, expecting: .any) } == .foreignObject)
            #expect(await code { try await store.put(secret, expecting: .absent) } == .conflict)
            #expect(
                await code { try await store.deleteSecret(.shop("theirs"), expecting: .any) }
                    == .foreignObject)
            #expect(log.objects.secrets.count == 1)
        }
    }

    @Test func `what cert-manager wrote for the same Ingress is taken over, with its entries`() async throws {
        server.put(
            Manifest.secret("a", annotations: "cert-manager.io/certificate-name: a", data: "{tls.crt: YQ==, tls.key: Yg==, ca.crt: Yw==}"))
        try await withCluster { store, _ in
            var secret = try #require(try await store.secret(.shop("a")))
            secret.metadata.labels = Self.labels
            secret.data["ca.crt"] = nil
            secret.data["tls.crt"] = [UInt8(ascii: "n")]
            try await store.put(secret, expecting: .version(secret.metadata.resourceVersion ?? ""))
            #expect(stored() == ["tls.crt": "bg==", "tls.key": "Yg=="])
        }
    }

    @Test func `a Secret is read past the cache, with everything in it`() async throws {
        server.put(Manifest.secret("x", data: "{tls.crt: YQ==, tls.key: Yg==, other: Yw==}"))
        try await withCluster { store, _ in
            let stored = try await store.secret(.shop("x"))
            #expect(stored?.data.count == 3)
            let none = try await store.secret(.shop("none"))
            #expect(none == nil)
        }
    }

    @Test func `data of more than a mebibyte is refused before it is sent`() async throws {
        try await withCluster { store, _ in
            server.forgetRequests()
            let data = [UInt8](repeating: 65, count: Secret.dataBytesMax - 1)
            var secret = Self.secret([:])
            secret.data = ["k": data]
            let fits = await code { try await store.put(secret, expecting: .absent) }
            #expect(fits == nil)
            server.forgetRequests()
            secret.data = ["k": data + [65]]
            let limit = Secret.dataBytesMax
            let code = await code { try await store.put(secret, expecting: .any) }
            #expect(code == .tooLarge(bytes: limit + 1, limitBytes: limit))
            #expect(server.requests(of: .secrets).allSatisfy { $0.verb == .watch || $0.verb == .list })
        }
    }

    @Test func `the API server's refusals have codes of their own, and its words`() async throws {
        try await withCluster { store, _ in
            func put(_ fault: FakeAPIServer.Fault, times: Int = 1) async -> StoreError? {
                server.script(fault, at: .create, times: times)
                defer { server.repair() }
                do throws(StoreError) {
                    try await store.put(Self.secret(["k": "very secret"]), expecting: .absent)
                    return nil
                } catch { return error }
            }
            #expect(await put(.status(403, reason: "Forbidden", message: "no rights"))?.code == .forbidden)
            let missing = await put(.status(404, reason: "NotFound", message: #"namespaces "shop" not found"#))
            #expect(missing?.code == .namespaceMissing)
            #expect(missing?.description.contains(#"namespaces "shop" not found"#) == true)
            let ending = FakeAPIServer.Fault.status(
                403, reason: "Forbidden", message: "unable to create new content in namespace shop because it is being terminated")
            #expect(await put(ending)?.code == .namespaceMissing)
            #expect(await put(.status(422, reason: "Invalid", message: "bad"))?.code == .refused)
            #expect(await put(.tooManyRequests(retryAfter: "60"))?.code == .unavailable(retryAfter: .seconds(60)))
            #expect(await put(.status(500, reason: "InternalError"), times: 9)?.code == .unavailable(retryAfter: nil))
            // The object is there; whoever sends it once more on a new connection is told so.
            let unanswered = await put(.closeAfter)?.code
            #expect(unanswered == .unavailable(retryAfter: nil) || unanswered == .conflict)
            server.delete(.secrets, namespace: "shop", name: "a")
            #expect(await put(.truncateJSON)?.code == .unreadable)
            #expect(missing?.description.contains("very secret") == false)
        }
    }

    @Test func `names that Kubernetes refuses are not sent`() async throws {
        try await withCluster { store, _ in
            for name in ["", "A", "a/b", "..", String(repeating: "a", count: 254)] {
                let code = await code { try await store.put(Self.secret([:], named: name), expecting: .any) }
                #expect(code == .invalidName)
            }
        }
    }

    @Test func `a store for reading writes nothing`() async throws {
        try await withCluster {
            $0.isReadOnly = true
        } _: { store, _ in
            #expect(await code { try await store.put(Self.secret([:]), expecting: .any) } == .readOnly)
            #expect(await code { try await store.deleteSecret(.shop("a"), expecting: .any) } == .readOnly)
        }
    }

    @Test func `another object of the same name is not deleted in the place of the one that was meant`() async throws {
        try await withCluster { store, log in
            try await store.put(Self.secret(["k": "1"]), expecting: .absent)
            server.stallWatches()
            server.delete(.secrets, namespace: "shop", name: "a")
            server.put(Manifest.secret("a"))
            // The cache still has ours; the server knows better.
            #expect(
                await code { try await store.deleteSecret(.shop("a"), expecting: .any) } == .foreignObject)
            #expect(server.object(.secrets, namespace: "shop", name: "a") != nil)
        }
    }

    @Test func `ConfigMaps of ours with policies are written and shown alike`() async throws {
        try await withCluster {
            $0.followsPolicies = true
        } _: { store, log in
            let labels = Self.labels.merging(["certctl.dev/policies": "true"]) { $1 }
            let metadata = ObjectMeta(namespace: "certctl-system", name: "policies", labels: labels)
            let version = try await store.put(ConfigMap(metadata: metadata, data: ["a": "1"]), expecting: .absent)
            #expect(await log.has { $0.configMaps[metadata.id]?.data["a"] == "1" })
            try await store.put(ConfigMap(metadata: metadata, data: ["b": "2"]), expecting: .version(version))
            #expect(try await store.configMap(metadata.id)?.data == ["b": "2"])
            try await store.deleteConfigMap(metadata.id, expecting: .any)
            #expect(await log.has { $0.configMaps.isEmpty })
        }
    }
}
