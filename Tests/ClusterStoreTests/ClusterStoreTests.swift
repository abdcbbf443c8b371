import ClusterStore
import Core
import HashTreeCollections
import KubernetesAPI
import KubernetesClient
import Store
import TestKit
import Testing

@Suite("Cluster store: what the update streams show") struct ClusterStoreTests {
    let server: FakeAPIServer

    init() async throws {
        server = try await FakeAPIServer()
        server.put(Manifest.ingress("web", secret: "web-tls"))
        server.put(Manifest.secret("web-tls"))
        server.put("{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: web}, spec: {ports: [{port: 80}]}}")
        server.put(slice("web-1", address: "10.0.0.1"))
    }

    func slice(_ name: String, address: String, annotations: String = "") -> String {
        """
        {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: shop, name: \(name), labels:
          {kubernetes.io/service-name: web}, annotations: {\(annotations)}}, addressType: IPv4, ports: [{port: 8080}], endpoints:
          [{addresses: [\(address)]}]}
        """
    }

    @Test func `the first update has everything`() async throws {
        server.put(Manifest.issuer("ca"))
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            let first = log.updates[0]
            #expect(first.changed.isEverything)
            #expect(first.objects.ingresses.count == 1)
            #expect(first.objects.services.count == 1)
            #expect(first.objects.endpointSlices.count == 1)
            #expect(first.objects.issuers.count == 1)
            #expect(first.objects.secrets[.shop("web-tls")]?.data.count == 2)
            #expect(first.problems == [])
        }
    }

    @Test func `changes come with the names of what changed`() async throws {
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            server.put(slice("web-1", address: "10.0.0.2"))
            #expect(await eventually(within: .seconds(30)) { log.count == 2 })
            let update = log.updates[1]
            #expect(update.changed.endpointSlices == [.shop("web-1")])
            #expect(update.changed.endpointServices == [.shop("web")])
            #expect(!update.changed.isEverything && update.changed.ingresses.isEmpty && update.changed.secrets.isEmpty)
        }
    }

    @Test func `what is of no use is no news`() async throws {
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            server.put(slice("web-1", address: "10.0.0.1", annotations: "endpoints.kubernetes.io/last-change-trigger-time: now"))
            server.put(Manifest.secret("unrelated"))
            server.put(Manifest.secret("web-tls"))  // the same with another version
            server.put(slice("web-2", address: "10.0.0.9"))
            #expect(await log.has { $0.endpointSlices.count == 2 })
            #expect(log.updates.dropFirst().allSatisfy { $0.changed.endpointSlices == [.shop("web-2")] && $0.changed.secrets.isEmpty })
            #expect(log.objects.secrets.count == 1)
        }
    }

    @Test func `listing everything anew publishes nothing`() async throws {
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            let lists = server.requests(.list).count
            #expect(await eventually(within: .seconds(30)) { server.watchCount() == lists })
            server.failWatches()
            #expect(await eventually(within: .seconds(30)) { server.requests(.list).count >= 2 * lists })
            #expect(await eventually(within: .seconds(30)) { await cluster.store.health().troubled.isEmpty })
            server.put(slice("web-2", address: "10.0.0.9"))
            #expect(await log.has { $0.endpointSlices.count == 2 })
            #expect(log.updates.dropFirst().allSatisfy { $0.changed.ingresses.isEmpty && $0.changed.endpointSlices == [.shop("web-2")] })
        }
    }

    @Test func `a slow reader gets the newest objects and every change`() async throws {
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            var slow = cluster.store.updates().makeAsyncIterator()
            #expect(await slow.next()?.changed.isEverything == true)
            for number in 1...5 {
                server.put(slice("more-\(number)", address: "10.0.1.\(number)"))
                #expect(await log.has { $0.endpointSlices.count == number + 1 })
            }
            let joined = await slow.next()
            #expect(joined?.objects.endpointSlices.count == 6)
            #expect(joined?.changed.endpointSlices.count == 5)
        }
    }

    @Test func `an API server that is down at the start is waited for`() async throws {
        await server.goAway()
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await eventually(within: .seconds(30)) { cluster.lastHealth?.troubled.isEmpty == false })
            #expect(cluster.lastHealth?.isReady == false)
            #expect(cluster.lastHealth?.waitingFor.contains("ingresses.networking.k8s.io") == true)
            #expect(log.count == 0)
            try await server.comeBack()
            try await log.begin()
            #expect(await eventually(within: .seconds(30)) { cluster.lastHealth?.isReady == true })
        }
    }

    @Test func `an API server that goes away leaves everything in force, and is one problem`() async throws {
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            await server.goAway()
            #expect(await eventually(within: .seconds(30)) { log.problems.count == 1 })
            #expect(log.problems.first?.source == "API server")
            #expect(log.objects.ingresses.count == 1 && log.objects.secrets.count == 1)
            #expect(log.updates.dropFirst().allSatisfy { $0.changed.isEmpty })
            server.put(slice("web-2", address: "10.0.0.9"))
            try await server.comeBack()
            #expect(await log.has { $0.endpointSlices.count == 2 })
            #expect(await eventually(within: .seconds(30)) { log.problems.isEmpty })
        }
    }

    @Test func `what is forbidden and can be done without stops nothing`() async throws {
        server.script(.status(403, reason: "Forbidden", message: "no rights"), at: .list, of: .clusterIssuers, times: 300)
        server.script(.status(403, reason: "Forbidden", message: "no rights"), at: .list, of: .ingressClasses, times: 300)
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await eventually(within: .seconds(30)) { log.count > 0 && log.problems.count == 2 })
            #expect(log.problems.allSatisfy { $0.message.contains("no rights") })
        }
    }

    @Test func `policies come from ConfigMaps with their label in one namespace, and namespaces with their labels`() async throws {
        func configMap(_ name: String, _ namespace: String, _ label: String) -> String {
            "{apiVersion: v1, kind: ConfigMap, metadata: {namespace: \(namespace), name: \(name), labels: {\(label)}}, data: {a: b}}"
        }
        server.put(configMap("policies", "certctl-system", "certctl.dev/policies: 'true'"))
        server.put(configMap("other", "certctl-system", "certctl.dev/policies: 'false'"))
        server.put(configMap("policies", "shop", "certctl.dev/policies: 'true'"))
        server.put("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tenant: blue}, annotations: {a: b}}}")
        try await FakeCluster.with(server: server) {
            $0.followsPolicies = true
            $0.followsNamespaces = true
        } _: { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(log.objects.configMaps.keys.map(\.description) == ["certctl-system/policies"])
            #expect(log.updates[0].unknownKinds.isEmpty)
            let shop = NamespacedName(namespace: "", name: "shop")
            #expect(log.objects.namespaces[shop]?.labels == ["tenant": "blue", "kubernetes.io/metadata.name": "shop"])
            server.put("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tenant: green}}}")
            #expect(await log.has { $0.namespaces[shop]?.metadata.labels == ["tenant": "green"] })
            #expect(log.updates.last?.changed.namespaces == [shop])
        }
    }

    @Test func `that nobody may look for policies is not taken for there being none`() async throws {
        server.script(.status(403, reason: "Forbidden", message: "no rights"), at: .list, of: .configMaps, times: 300)
        try await FakeCluster.with(server: server) {
            $0.followsPolicies = true
        } _: { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(log.updates[0].unknownKinds == [.configMap])
            server.repair()
            #expect(await eventually(within: .seconds(30)) { log.updates.last?.unknownKinds.isEmpty == true })
        }
    }

    @Test func `what is forbidden and cannot be done without is waited for`() async throws {
        server.script(.status(403, reason: "Forbidden", message: "no rights"), at: .list, of: .services, times: 300)
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await eventually(within: .seconds(30)) { cluster.lastHealth?.waitingFor == ["services"] })
            #expect(log.count == 0)
            server.repair()
            try await log.begin()
        }
    }

    @Test func `issuers are picked up when their definitions come, and go with them`() async throws {
        server.installCertManager(false)
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(log.updates[0].problems == [])
            server.installCertManager(true)
            server.put(Manifest.issuer("ca"))
            #expect(await log.has { $0.issuers.count == 1 })
            server.installCertManager(false)
            server.failWatches(of: .issuers)
            #expect(await log.has { $0.issuers.isEmpty })
            #expect(await eventually(within: .seconds(30)) { log.problems.isEmpty })
        }
    }

    @Test func `issuers that were handed in are all there are`() async throws {
        server.put(Manifest.issuer("ca"))
        let spec = Issuer.Spec.ca(CAIssuerSpec(secretName: "ca-key"))
        let given = Issuer(metadata: ObjectMeta(namespace: "shop", name: "given"), scope: .namespaced, spec: spec)
        server.put(Manifest.secret("ca-key", data: "{tls.crt: YQ==, tls.key: Yg==, other: Yw==}"))
        try await FakeCluster.with(server: server) {
            $0.issuers = .given([given])
        } _: { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(Array(log.objects.issuers.keys) == [.shop("given")])
            #expect(log.objects.secrets[.shop("ca-key")]?.data.count == 3)
            #expect(server.requests(.list, of: .issuers).isEmpty && server.requests(.discover).isEmpty)
        }
    }

    @Test func `an issuer that cannot be read is a problem, and the one before stays`() async throws {
        server.put(Manifest.issuer("ca"))
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            server.put("{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {namespace: shop, name: ca}, spec: {acme: {server: 7}}}")
            #expect(await eventually(within: .seconds(30)) { log.problems.count == 1 })
            #expect(log.problems.first?.field == "spec.acme.server")
            #expect(log.problems.first?.object == ObjectKey(kind: .issuer, name: .shop("ca")))
            #expect(log.objects.issuers.count == 1)
            server.put(Manifest.issuer("ca"))
            #expect(await eventually(within: .seconds(30)) { log.problems.isEmpty })
        }
    }

    @Test func `each role asks for what it needs and no more`() async throws {
        server.put(Manifest.issuer("ca"))
        server.put(
            Manifest.secret("account", labels: "app.kubernetes.io/managed-by: certctl, certctl.dev/role: account", data: "{tls.key: Yg==}"))
        server.put(
            Manifest.secret(
                "t", namespace: "certctl-system", type: "Opaque",
                labels: "app.kubernetes.io/managed-by: certctl, certctl.dev/role: http01", data: "{token: Yg==}"))
        try await FakeCluster.with(server: server) {
            $0.role = .proxy
        } _: { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(Set(log.objects.secrets.keys.map(\.name)) == ["web-tls", "t"])
            #expect(server.requests(.list, of: .issuers).isEmpty && server.requests(.discover).isEmpty)
        }
        server.forgetRequests()
        try await FakeCluster.with(server: server) {
            $0.role = .controller
        } _: { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(Set(log.objects.secrets.keys.map(\.name)) == ["web-tls", "account", "t"])
            #expect(server.requests(.list, of: .endpointSlices).isEmpty)
        }
    }

    @Test func `in namespaces of its own it asks for nothing outside`() async throws {
        server.put(Manifest.ingress("far", namespace: "other", secret: "far-tls"))
        try await FakeCluster.with(server: server) { settings in
            settings.namespaces = ["shop"]
            settings.resourceNamespace = "shop"
        } _: { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(Array(log.objects.ingresses.keys) == [.shop("web")])
            #expect(log.objects.secrets.count == 1)
            #expect(server.requests.filter { $0.verb != .discover }.allSatisfy { $0.namespace == "shop" })
        }
    }

    @Test func `a shut down store ends its streams and its watches`() async throws {
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            var iterator = cluster.store.updates().makeAsyncIterator()
            _ = await iterator.next()
            await cluster.store.shutdown()
            #expect(await iterator.next() == nil)
            #expect(await eventually(within: .seconds(30)) { server.watchCount() == 0 })
        }
    }
}
