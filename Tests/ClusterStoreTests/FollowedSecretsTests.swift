import ClusterStore
import Core
import HashTreeCollections
import KubernetesAPI
import KubernetesClient
import Store
import TestKit
import Testing

@Suite("Which Secrets are kept, against a server") struct FollowedSecretsTests {
    let server: FakeAPIServer

    init() async throws { server = try await FakeAPIServer() }

    func many(_ numbers: some Sequence<Int>, secrets: Bool = true) {
        for number in numbers {
            if secrets { server.put(Manifest.secret("s\(number)")) }
            server.put(Manifest.ingress("i\(number)", secret: "s\(number)"))
        }
    }

    @Test func `a Secret is read when an Ingress names it, and dropped when none does any more`() async throws {
        server.put(Manifest.secret("a"))
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(log.objects.secrets.isEmpty)
            server.put(Manifest.ingress("web", secret: "a"))
            #expect(await log.has { $0.secrets.count == 1 })
            server.put(Manifest.ingress("web", secret: "b"))
            #expect(await log.has { $0.secrets.isEmpty })
            server.put(Manifest.secret("b"))
            #expect(await log.has { $0.secrets.count == 1 })
            server.delete(.secrets, namespace: "shop", name: "b")
            #expect(await log.has { $0.secrets.isEmpty })
        }
    }

    @Test func `from names to a namespace and back nothing is lost for a moment`() async throws {
        let limit = ClusterLimits.namedWatchesMax
        many(0..<limit)
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.secrets.count == limit })
            many(limit..<2 * limit)
            #expect(await log.has { $0.secrets.count == 2 * limit })
            // One of the namespace, one of our own.
            #expect(await eventually(within: .seconds(30)) { server.watchCount(of: .secrets) == 2 })
            for number in 1..<2 * limit { server.delete(.ingresses, namespace: "shop", name: "i\(number)") }
            #expect(await log.has { $0.secrets.count == 1 })
            #expect(await eventually(within: .seconds(30)) { server.watchCount(of: .secrets) == 2 })
            server.put(Manifest.secret("s0", data: "{tls.crt: Yw==, tls.key: Yg==}"))
            #expect(await log.has { $0.secrets[.shop("s0")]?.data["tls.crt"] == [UInt8(ascii: "c")] })
            let lost = log.updates.drop { $0.objects.secrets[.shop("s0")] == nil }.contains { $0.objects.secrets[.shop("s0")] == nil }
            #expect(!lost)
        }
    }

    @Test func `a wide watch reads by itself what it has passed over before`() async throws {
        many(0...ClusterLimits.namedWatchesMax)
        server.put(Manifest.secret("late"))
        for number in 0...ClusterLimits.singleReadsMax { server.put(Manifest.secret("more\(number)")) }
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.secrets.count == ClusterLimits.namedWatchesMax + 1 })
            server.put(Manifest.ingress("late", secret: "late"))
            #expect(await log.has { $0.secrets[.shop("late")] != nil })
            #expect(server.requests(.get, of: .secrets).map(\.name) == ["late"])
            // Should the reading fail, the list brings it.
            server.script(.status(500, reason: "InternalError"), at: .get, of: .secrets, times: 20)
            server.put(Manifest.secret("later"))
            server.put(Manifest.ingress("later", secret: "later"))
            #expect(await log.has { $0.secrets[.shop("later")] != nil })
        }
    }

    @Test func `when very many begin to matter at once the watch lists anew`() async throws {
        many(0...ClusterLimits.namedWatchesMax)
        for number in 0...ClusterLimits.singleReadsMax {
            server.put(Manifest.secret("more\(number)"))
            server.put(Manifest.ingress("more\(number)", secret: "more\(number)", className: "other"))
        }
        try await FakeCluster.with(server: server) { settings in
            settings.serves = { ingress, classes in ingress.spec.ingressClassName == "certctl" || !classes.isEmpty }
        } _: { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.secrets.count == ClusterLimits.namedWatchesMax + 1 })
            server.put("{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: other}, spec: {controller: x}}")
            #expect(await log.has { $0.secrets.count == ClusterLimits.namedWatchesMax + ClusterLimits.singleReadsMax + 2 })
            #expect(server.requests(.get, of: .secrets).isEmpty)
        }
    }

    @Test func `of a foreign Secret only the certificate is kept, and its type`() async throws {
        server.put(Manifest.secret("a", type: "Opaque", data: "{tls.crt: YQ==, tls.key: Yg==, password: c2VjcmV0}"))
        server.put(Manifest.secret("b", type: "example.com/other", data: "{password: c2VjcmV0}"))
        server.put(Manifest.ingress("a", secret: "a"))
        server.put(Manifest.ingress("b", secret: "b"))
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.secrets.count == 2 })
            #expect(log.objects.secrets[.shop("a")]?.type == "Opaque")
            #expect(log.objects.secrets[.shop("a")]?.data.keys.sorted() == ["tls.crt", "tls.key"])
            #expect(log.objects.secrets[.shop("b")]?.type == "example.com/other")
            #expect(log.objects.secrets[.shop("b")]?.data.isEmpty == true)
        }
    }

    @Test func `an account that an issuer names is kept whole, also when a wide watch had cut it`() async throws {
        many(0...ClusterLimits.namedWatchesMax)
        server.put(Manifest.secret("s0", data: "{tls.crt: YQ==, tls.key: Yg==, extra: Yw==}"))
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.secrets.count == ClusterLimits.namedWatchesMax + 1 })
            #expect(log.objects.secrets[.shop("s0")]?.data.count == 2)
            server.put(Manifest.issuer("ca", account: "s0"))
            #expect(await log.has { $0.secrets[.shop("s0")]?.data.count == 3 })
        }
    }

    @Test func `Certificates are followed when asked for, and name their Secrets`() async throws {
        server.put(Manifest.secret("explicit"))
        server.put(
            """
            {apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {namespace: shop, name: c}, spec: {secretName: explicit, dnsNames:
              [c.example], issuerRef: {name: ca}}}
            """)
        try await FakeCluster.with(server: server) {
            $0.followsCertificates = true
        } _: { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.certificates.count == 1 && $0.secrets.count == 1 })
        }
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            #expect(log.objects.certificates.isEmpty && log.objects.secrets.isEmpty)
        }
    }

    @Test func `a proxy reads no Secret of an issuer, wherever issuers come from`() async throws {
        server.put(Manifest.secret("account"))
        server.put(Manifest.issuer("ca", account: "account"))
        let spec = Issuer.Spec.ca(CAIssuerSpec(secretName: "account"))
        let given = Issuer(metadata: ObjectMeta(namespace: "shop", name: "given"), scope: .namespaced, spec: spec)
        for source in [ClusterStoreSettings.IssuerSource.customResources, .given([given])] {
            try await FakeCluster.with(server: server) {
                $0.role = .proxy
                $0.issuers = source
            } _: { cluster in
                let log = cluster.reader()
                try await log.begin()
                #expect(log.objects.secrets.isEmpty && log.objects.issuers.isEmpty)
            }
        }
    }

    @Test func `one Secret that may not be read stops nothing`() async throws {
        server.put(Manifest.secret("a"))
        server.put(Manifest.ingress("a", secret: "a"))
        server.put(Manifest.ingress("b", namespace: "closed", secret: "b"))
        for _ in 0..<3 { server.script(.status(403, reason: "Forbidden", message: "no rights"), at: .list, of: .secrets, times: 1) }
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            #expect(await log.has { $0.secrets.count == 1 })
        }
    }

    @Test func `a namespace of Secrets is never listed because of one Ingress`() async throws {
        server.put(Manifest.ingress("a", secret: "a"))
        try await FakeCluster.with(server: server) { cluster in
            let log = cluster.reader()
            try await log.begin()
            let lists = server.requests(.list, of: .secrets).map { $0.query }
            #expect(lists.allSatisfy { $0["fieldSelector"] == "metadata.name=a" || $0["labelSelector"] != nil })
        }
    }
}
