import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Routing
import Store
import TestKit
import Testing

@testable import Issuance

extension Make {
    static func certificate(
        _ name: String, secret: String = "tls", _ hosts: [String] = ["a.example"],
        issuer: IssuerReference = .init(kind: "ClusterIssuer", name: "le"),
        created: Date? = nil, owner: String? = nil, change: (inout CertificateSpec) -> Void = { _ in }
    ) -> CertificateResource {
        var metadata = ObjectMeta(namespace: "web", name: name)
        metadata.creationTimestamp = created
        var spec = CertificateSpec(secretName: secret, dnsNames: hosts, issuerRef: issuer)
        change(&spec)
        return CertificateResource(metadata: metadata, spec: spec, owningIngress: owner)
    }
}

extension World {
    func with(_ certificates: CertificateResource...) -> World {
        var world = self
        world.objects += certificates.map { .certificate($0) }
        return world
    }
}

@Suite("Planner: Certificates, the explicit wishes") struct CertificateClaimTests {
    @Test func `a Certificate is a wish of its own, without any Ingress`() throws {
        let world = World().with(
            Make.certificate("web", ["b.example", "a.example"]) {
                $0.ipAddresses = ["192.0.2.1"]
                $0.commonName = "c.example"
            })
        let item = try world.item()
        #expect(item.work == .due(.doesNotExist))
        #expect(item.desired.names.all == ["a.example", "b.example", "c.example", "192.0.2.1"])
        #expect(item.desired.certificate?.description == "web/web" && item.desired.ingresses.isEmpty)
        let fact = try world.fact()
        #expect(fact.certificate == "web/web" && fact.issuer == "ClusterIssuer/le" && fact.ingresses.isEmpty)
        #expect(try world.plan().certificateProblems.isEmpty)
    }

    @Test func `what it says about key, lifetime and renewal counts`() throws {
        let item = try World().with(
            Make.certificate("web") {
                $0.privateKey = .init(algorithm: "RSA", size: 4096)
                $0.duration = "48h"
                $0.renewBeforePercentage = 25
                $0.commonName = "My Service"
            }
        ).item()
        #expect(
            item.desired.options
                == CertificateOptions(
                    keyAlgorithm: .rsa(bits: 4096), duration: .hours(48), renewBeforePercentage: 25, commonName: "My Service"))
        #expect(item.desired.names.all == ["a.example"])
        #expect(item.desired.options.renewBefore(ofLifetime: 1000) == .seconds(250))
    }

    struct Refusal: Sendable {
        let change: @Sendable (inout CertificateSpec) -> Void
        let message: String

        init(_ message: String, _ change: @escaping @Sendable (inout CertificateSpec) -> Void) {
            self.message = message
            self.change = change
        }
    }

    @Test(arguments: [
        Refusal("certctl does not offer spec.keystores, spec.uris") { $0.unsupportedFields = ["keystores", "uris"] },
        Refusal("issuer kind \"Vault\" is neither Issuer nor ClusterIssuer") { $0.issuerRef.kind = "Vault" },
        Refusal("neither dnsNames nor ipAddresses nor a commonName that is a host") { $0.dnsNames = [] },
        Refusal("spec.duration is \"soon\", not a duration such as 2160h") { $0.duration = "soon" },
        Refusal("spec.renewBefore is 1m, outside 300s...315360000s") { $0.renewBefore = "1m" },
        Refusal("spec.renewBeforePercentage is 100, outside 1...99") { $0.renewBeforePercentage = 100 },
        Refusal("spec.renewBefore and spec.renewBeforePercentage are both set") {
            $0.renewBefore = "1h"
            $0.renewBeforePercentage = 20
        },
        Refusal("spec.privateKey.algorithm is \"DSA\", not one of RSA, ECDSA and Ed25519") { $0.privateKey.algorithm = "DSA" },
        Refusal("spec.commonName has 65 bytes, limit 64") { $0.commonName = String(repeating: "x", count: 65) },
        Refusal("spec.secretTemplate has annotation cert-manager.io/issuer-name, which is not the user's to set") {
            $0.secretTemplate.annotations = ["cert-manager.io/issuer-name": "x"]
        },
        Refusal("spec.secretTemplate has label app.kubernetes.io/managed-by, which is not the user's to set") {
            $0.secretTemplate.labels = ["app.kubernetes.io/managed-by": "x"]
        },
        Refusal("secretName starts with a prefix that is kept for records of certctl") { $0.secretName = "certctl-order-x" },
    ])
    func `one that cannot be granted is BadConfig, and nothing is ordered`(refusal: Refusal) throws {
        let world = World().with(Make.certificate("web", change: refusal.change))
        let plan = try world.plan()
        #expect(plan.certificateProblems.map(\.message) == [refusal.message])
        #expect(plan.certificateProblems.allSatisfy { $0.reason == .badConfig && $0.certificate == "web/web" })
        #expect(plan.items.map(\.work) == [.blocked(nil, refusal.message)])
    }

    @Test func `a name that is none refuses the Certificate alone`() throws {
        let plan = try World().with(
            Make.certificate("bad", secret: "bad", ["under_score.example"]), Make.certificate("good", secret: "good")
        ).plan()
        #expect(plan.certificateProblems.map(\.certificate) == ["web/bad"])
        #expect(plan.items.last?.work == .due(.doesNotExist))
    }

    @Test func `of two Certificates with one secretName the oldest issues`() throws {
        let world = World().with(
            Make.certificate("young", ["young.example"], created: noon),
            Make.certificate("old", ["old.example"], created: noon.addingTimeInterval(-60)))
        #expect(try world.item().desired.names.all == ["old.example"])
        let problem = try #require(try world.plan().certificateProblems.first)
        #expect(problem.certificate == "web/young" && problem.reason == .incorrectCertificate)
        #expect(
            problem.message
                == "Secret was issued for \"old\". If this message is not transient, you might have two conflicting Certificates pointing to the same secret."
        )
    }

    @Test func `an issuer of another group is left alone, and keeps Ingresses from the Secret`() throws {
        let foreign = Make.certificate("web", issuer: IssuerReference(kind: "AWSPCA", name: "x", group: "awspca.cert-manager.io"))
        let alone = World().with(foreign)
        #expect(try alone.item().desired.wish == .serveOnly)
        #expect(try alone.plan().certificateProblems.isEmpty)
        let both = World(Make.ingress("a", tls: [(["z.example"], "tls")])).with(foreign)
        #expect(try both.item().desired.wish == .serveOnly)
        #expect(try both.plan().problems.map(\.message) == ["Certificate web/web decides about the Secret and does not have z.example"])
    }

    @Test func `a Certificate decides over Ingresses; who wants another name is told`() throws {
        let world = World(
            Make.ingress("a", tls: [(["a.example"], "tls")]), Make.ingress("b", tls: [(["x.a.example", "b.example"], "tls")]),
            Make.ingress("c", [:], tls: [(["c.example"], "tls")])
        ).with(Make.certificate("web", ["a.example", "*.a.example"]))
        let item = try world.item()
        #expect(item.desired.names.all == ["*.a.example", "a.example"])
        #expect(item.desired.ingresses.count == 3)
        let problems = try world.plan().problems
        #expect(problems.map(\.ingress) == ["web/b"])
        #expect(problems.first?.message == "Certificate web/web decides about the Secret and does not have b.example")
    }

    @Test func `a Certificate that an Ingress made is that Ingress's own wish`() throws {
        let mirror = Make.certificate("tls", ["old.example"], owner: "a")
        let world = World(Make.ingress("a", tls: [(["new.example"], "tls")])).with(mirror)
        let item = try world.item()
        #expect(item.desired.names.all == ["new.example"] && item.desired.certificate?.description == "web/tls")
        #expect(try world.plan().problems.isEmpty && world.plan().certificateProblems.isEmpty)
        let orphan = World(Make.ingress("b", tls: [(["new.example"], "other")])).with(mirror)
        #expect(try orphan.item().desired.names.all == ["old.example"])
    }

    @Test func `what is not followed is said, and a certificate is issued all the same`() throws {
        let world = World().with(
            Make.certificate("web") {
                $0.privateKey = .init(encoding: "PKCS1", rotationPolicy: "Never")
                $0.usages = ["client auth", "server auth"]
            })
        #expect(try world.item().work == .due(.doesNotExist))
        let problems = try world.plan().certificateProblems
        #expect(problems.count == 3 && problems.allSatisfy { $0.reason == .unsupportedField })
    }

    @Test func `only namespaces that are served, and nothing that is on its way out`() throws {
        var wishes = Wishes(ingressClasses: IngressClassPolicy(namespaces: ["shop"]), settings: IssuanceSettings())
        #expect(wishes.apply(ObjectSet([.certificate(Make.certificate("web"))]), ChangeSet(isEverything: true)).isEmpty)
        var leaving = Make.certificate("web")
        leaving.metadata.deletionTimestamp = noon
        #expect(try World().with(leaving).plan().items.isEmpty)
    }

    @Test func `changes are followed one by one`() throws {
        var wishes = Wishes(ingressClasses: IngressClassPolicy(), settings: IssuanceSettings())
        var objects = ObjectSet()
        _ = wishes.apply(objects, ChangeSet(isEverything: true))
        let key = ObjectKey(kind: .certificate, name: NamespacedName(namespace: "web", name: "web"))
        var changed = ChangeSet()
        changed.insert(key)
        objects.insert(.certificate(Make.certificate("web", secret: "one")))
        #expect(wishes.apply(objects, changed).map(\.name) == ["one"])
        #expect(wishes.apply(objects, changed).isEmpty)
        objects.insert(.certificate(Make.certificate("web", secret: "two")))
        #expect(wishes.apply(objects, changed).map(\.name).sorted() == ["one", "two"])
        objects.remove(key)
        #expect(wishes.apply(objects, changed).map(\.name) == ["two"])
        #expect(wishes.certificates.isEmpty && wishes.certificateProblems.isEmpty)
    }

    @Test func `what cert-manager wrote for a Certificate belongs to it, whatever the Secret is called`() throws {
        let secret = try Make.certManager("tls", ["a.example"], certificateName: "web")
        let taken = try World(secrets: [secret]).with(Make.certificate("web")).item()
        #expect(taken.target.ownership == .certManager && taken.work == .none(until: taken.renewAt))
        let other = try World(secrets: [secret]).with(Make.certificate("another")).item()
        #expect(other.target.ownership == .foreign)
    }

    @Test func `labels and annotations of the template that are missing are a reason, unless more is asked for`() throws {
        let secret = try Make.ours("tls", ["a.example"])
        let certificate = Make.certificate("web") { $0.secretTemplate = .init(annotations: ["a": "b"], labels: ["c": "d"]) }
        #expect(try World(secrets: [secret]).with(certificate).item().work == .due(.secretTemplateMismatch))
        var adorned = secret
        adorned.metadata.annotations["a"] = "b"
        adorned.metadata.labels["c"] = "d"
        let item = try World(secrets: [adorned]).with(certificate).item()
        #expect(item.work == .none(until: item.renewAt))
    }
}

@Suite("Issuing: Certificates") struct CertificateIssuingTests {
    private static func manifest(_ extra: String = "") -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: {name: front, namespace: web}
        spec: {secretName: tls, dnsNames: [a.example], issuerRef: {name: le, kind: ClusterIssuer}\(extra)}
        """
    }

    @Test func `a Certificate in a folder gets its Secret, with the labels of its template`() async throws {
        let bench = try Bench()
        try bench.write("a.yaml", Manifest.acme(), Self.manifest(", secretTemplate: {labels: {team: shop}}"))
        try bench.start()
        try await bench.valid()
        let secret = try #require(try await bench.storedSecret("tls"))
        #expect(secret.metadata.labels["team"] == "shop")
        #expect(secret.metadata.annotations["cert-manager.io/certificate-name"] == "front")
        // Another label costs no order.
        let orders = await bench.ca.counts.orders
        try bench.write("a.yaml", Manifest.acme(), Self.manifest(", secretTemplate: {labels: {team: shop, tier: front}}"))
        try await bench.eventually { try await bench.storedSecret("tls")?.metadata.labels["tier"] == "front" }
        #expect(try await bench.storedSecret("tls")?.data == secret.data)
        #expect(await bench.ca.counts.orders == orders)
        await bench.stop()
    }
}
