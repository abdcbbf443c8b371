import Core
import KubernetesAPI
import KubernetesClient
import Store
import Testing

@testable import ClusterStore

@Suite("Which Secrets are read") struct SecretWatchPlanTests {
    static func ingress(_ name: String, _ namespace: String, _ secrets: [String?], className: String = "certctl") -> Ingress {
        Ingress(
            metadata: ObjectMeta(namespace: namespace, name: name),
            spec: IngressSpec(ingressClassName: className, tls: secrets.map { IngressTLS(hosts: [], secretName: $0) }))
    }

    static func references(_ objects: [KubernetesObject], _ settings: ClusterStoreSettings) -> SecretReferences {
        var references = SecretReferences(settings)
        _ = references.update(Set(objects.map(\.key)), in: ObjectSet(objects))
        return references
    }

    static func plan(
        _ objects: [KubernetesObject], previous: Set<SecretSelection> = [], _ change: (inout ClusterStoreSettings) -> Void = { _ in }
    ) -> Set<SecretSelection> {
        let settings = FakeCluster.settings(change)
        return SecretWatchPlan.selections(for: references(objects, settings), settings, previous: previous)
    }

    static func many(_ count: Int, in namespace: String) -> [KubernetesObject] {
        (0..<count).map { .ingress(ingress("i\($0)", namespace, ["s\($0)"])) }
    }

    @Test func `only Secrets of served Ingresses are named, each once`() {
        let plan = Self.plan([
            .ingress(Self.ingress("a", "shop", ["x", "y", nil, "not a name", "../up"])), .ingress(Self.ingress("b", "shop", ["x"])),
            .ingress(Self.ingress("c", "shop", ["z"], className: "nginx")),
        ])
        #expect(plan == [.name(.shop("x")), .name(.shop("y")), .own(namespace: nil)])
    }

    @Test func `issuers name accounts, keys and CAs in their namespace or ours`() {
        let spec = ACMEIssuerSpec(
            server: "https://ca", privateKeySecretRef: SecretKeySelector(name: "account", key: "k"),
            externalAccountBinding: ExternalAccountBinding(keyID: "1", keySecretRef: SecretKeySelector(name: "eab", key: "k")))
        let plan = Self.plan([
            .issuer(Issuer(metadata: ObjectMeta(namespace: "shop", name: "a"), scope: .namespaced, spec: .acme(spec))),
            .issuer(
                Issuer(metadata: ObjectMeta(namespace: "", name: "b"), scope: .cluster, spec: .ca(CAIssuerSpec(secretName: "ca")))),
        ])
        let ca = NamespacedName(namespace: "certctl-system", name: "ca")
        #expect(plan == [.name(.shop("account")), .name(.shop("eab")), .name(ca), .own(namespace: nil)])
    }

    @Test func `a namespace with many names is watched as a whole, and stays so until they are few`() {
        let limit = ClusterLimits.namedWatchesMax
        #expect(Self.plan(Self.many(limit, in: "shop")).count == limit + 1)
        let wide = Self.plan(Self.many(limit + 1, in: "shop"))
        #expect(wide == [.namespace("shop"), .own(namespace: nil)])
        #expect(Self.plan(Self.many(limit / 2 + 1, in: "shop"), previous: wide) == wide)
        #expect(Self.plan(Self.many(limit / 2, in: "shop"), previous: wide).count == limit / 2 + 1)
    }

    @Test func `with very many watches it becomes one`() {
        let limit = ClusterLimits.secretWatchesMax
        func spread(_ count: Int) -> [KubernetesObject] { (0..<count).map { .ingress(Self.ingress("i", "n\($0)", ["s"])) } }
        #expect(Self.plan(spread(limit)).count == limit + 1)
        let all = Self.plan(spread(limit + 1))
        #expect(all == [.cluster, .own(namespace: nil)])
        #expect(Self.plan(spread(limit / 2 + 1), previous: all) == all)
        #expect(Self.plan(spread(limit / 2), previous: all).count == limit / 2 + 1)
    }

    @Test func `in namespaces of its own it never looks at the whole cluster`() {
        let objects = (0..<ClusterLimits.secretWatchesMax + 1).map { KubernetesObject.ingress(Self.ingress("i", "n\($0)", ["s"])) }
        let namespaces = (0..<ClusterLimits.secretWatchesMax + 1).map { "n\($0)" }
        for scope in ClusterStoreSettings.SecretsScope.allCases {
            let plan = Self.plan(objects) { settings in
                settings.namespaces = namespaces
                settings.resourceNamespace = "n0"
                settings.secretsScope = scope
            }
            #expect(!plan.contains(.cluster) && !plan.contains(.own(namespace: nil)))
            #expect(plan.contains(.namespace("n5")))
        }
    }

    @Test func `the wider scopes are what they are called`() {
        let objects = [KubernetesObject.ingress(Self.ingress("a", "shop", ["x"]))]
        #expect(Self.plan(objects) { $0.secretsScope = .namespace } == [.namespace("shop"), .namespace("certctl-system")])
        #expect(Self.plan(objects) { $0.secretsScope = .cluster } == [.cluster])
    }

    @Test func `a proxy sees tokens and no accounts`() {
        #expect(Self.plan([]) { $0.role = .proxy } == [.tokens(namespace: "certctl-system")])
    }

    @Test func `references follow changes, and say of what something else is needed`() {
        let settings = FakeCluster.settings()
        var references = SecretReferences(settings)
        var objects = ObjectSet([.ingress(Self.ingress("a", "shop", ["x"])), .ingress(Self.ingress("b", "shop", ["x", "y"]))])
        let a = ObjectKey(kind: .ingress, name: .shop("a"))
        let b = ObjectKey(kind: .ingress, name: .shop("b"))
        #expect(references.update([a, b], in: objects) == [.shop("x"), .shop("y")])
        #expect(references.namespaces == ["shop": 2])
        objects.remove(b)
        #expect(references.update([b], in: objects) == [.shop("x"), .shop("y")])
        #expect(references.need(of: .shop("x")) == .certificate)
        #expect(references.need(of: .shop("y")) == nil)
        objects.insert(
            .issuer(
                Issuer(metadata: ObjectMeta(namespace: "shop", name: "i"), scope: .namespaced, spec: .ca(CAIssuerSpec(secretName: "x")))))
        let issuer = ObjectKey(kind: .issuer, name: .shop("i"))
        #expect(references.update([issuer], in: objects) == [.shop("x")])
        #expect(references.need(of: .shop("x")) == .everything)
        objects.remove(issuer)
        objects.remove(a)
        #expect(references.update([a, issuer], in: objects) == [.shop("x")])
        #expect(references.names.isEmpty && references.namespaces.isEmpty)
    }

    @Test func `an IngressClass that comes decides again about every Ingress`() {
        var settings = FakeCluster.settings()
        settings = ClusterStoreSettings { _, classes in !classes.isEmpty }
        var references = SecretReferences(settings)
        var objects = ObjectSet([.ingress(Self.ingress("a", "shop", ["x"]))])
        #expect(references.update([ObjectKey(kind: .ingress, name: .shop("a"))], in: objects).isEmpty)
        let ingressClass = IngressClass(metadata: ObjectMeta(namespace: "", name: "c"), controller: "x")
        objects.insert(.ingressClass(ingressClass))
        let key = KubernetesObject.ingressClass(ingressClass).key
        #expect(references.update([key], in: objects) == [.shop("x")])
        objects.remove(key)
        #expect(references.update([key], in: objects) == [.shop("x")])
        #expect(references.names.isEmpty)
    }

    @Test func `what a selection asks for is what it covers`() {
        let tls = Secret(metadata: ObjectMeta(namespace: "shop", name: "x"), type: Secret.tlsType, data: [:])
        var helm = tls
        helm.type = "helm.sh/release.v1"
        var own = tls
        own.metadata.labels = [OwnLabels.managedBy: OwnLabels.certctl]
        #expect(SecretSelection.namespace("shop").covers(tls) && !SecretSelection.namespace("shop").covers(helm))
        #expect(SecretSelection.namespace("shop").collection.fieldSelector?.contains("type!=helm.sh/release.v1") == true)
        #expect(SecretSelection.name(.shop("x")).covers(helm) && !SecretSelection.name(.shop("y")).covers(tls))
        #expect(SecretSelection.own(namespace: nil).covers(own) && !SecretSelection.own(namespace: nil).covers(tls))
        #expect(!SecretSelection.own(namespace: "other").covers(own) && !SecretSelection.tokens(namespace: "shop").covers(own))
    }
}
