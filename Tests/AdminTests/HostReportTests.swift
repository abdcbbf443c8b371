import Core
import FoundationEssentials
import Issuance
import KubernetesAPI
import PKI
import Routing
import Store
import Testing

@testable import Admin

@Suite("The story of one host") struct HostReportTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func ingress(_ name: String, host: String?, path: String = "/", tls: [String] = []) -> Ingress {
        let path = HTTPIngressPath(
            path: path, pathType: .prefix, backend: .service(name: "echo", port: .number(80)))
        return Ingress(
            metadata: ObjectMeta(namespace: "web", name: name),
            spec: IngressSpec(
                ingressClassName: "certctl", tls: tls.isEmpty ? [] : [IngressTLS(hosts: tls, secretName: name + "-tls")],
                rules: [IngressRule(host: host, paths: [path])]))
    }

    private func material(_ ingresses: [Ingress], _ facts: [CertificateFact] = [], secrets: [Secret] = [], served: String? = nil)
        -> HostReport.Material
    {
        let classes = IngressClass(metadata: ObjectMeta(namespace: "", name: "certctl"), controller: "certctl.dev/ingress")
        let objects = ObjectSet(
            [.ingressClass(classes)] + ingresses.map { KubernetesObject.ingress($0) } + secrets.map { KubernetesObject.secret($0) })
        var compiler = RouteCompiler(policy: IngressClassPolicy())
        let routes = compiler.apply(StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true)))
        let status = StatusReport(
            version: "1", at: now, isRunning: true, certificates: facts, replicas: [ReplicaFact(identity: "a", isReachable: true)],
            problems: [
                .init(subject: "ingress web/shop", message: "mine"), .init(subject: "secret web/shop-tls", message: "mine too"),
                .init(subject: "ingress web/shop2", message: "another's"), .init(subject: "policies", message: "nobody's"),
            ], ignoredKinds: [:])
        return HostReport.Material(objects: objects, routes: routes, status: status) { _ in served }
    }

    private func fact(_ name: String, _ hosts: [String]) -> CertificateFact {
        CertificateFact(namespace: "web", secretName: name, hosts: hosts, ingresses: ["web/shop"], state: .valid)
    }

    @Test func `rules are those of the host, then of the wildcard above it, then of every host`() throws {
        let ingresses = [
            ingress("every", host: nil), ingress("wild", host: "*.example"), ingress("shop", host: "shop.example"),
            ingress("other", host: "other.example"), ingress("deep", host: "a.shop.example"),
        ]
        let report = try #require(HostReport(of: "Shop.Example.", from: material(ingresses)))
        #expect(report.host == "shop.example")
        #expect(report.rules.map(\.ingress) == ["web/shop", "web/wild", "web/every"])
        #expect(report.rules.map(\.host) == ["shop.example", "*.example", "*"])
        #expect(report.rules.first?.backend == "web/echo:80" && report.rules.first?.state == "noService")
        #expect(report.replicas.map(\.identity) == ["a"])
    }

    @Test func `a host that only the rules for every host have is nobody's`() {
        #expect(HostReport(of: "nobody.example", from: material([ingress("every", host: nil)])) == nil)
        #expect(HostReport(of: "", from: material([ingress("every", host: nil)])) == nil)
        #expect(HostReport(of: ".example", from: material([ingress("wild", host: "*.example")])) == nil)
    }

    @Test func `certificates are those with the name, with a wildcard over it, and the one that is served`() throws {
        let facts = [
            fact("exact", ["shop.example"]), fact("wild", ["*.example"]), fact("served", ["other.example"]),
            fact("deep", ["*.shop.example"]),
            fact("stranger", ["shop.example.org"]),
        ]
        let report = try #require(HostReport(of: "shop.example", from: material([], facts, served: "web/served")))
        #expect(report.certificates.map(\.fact.secretName) == ["exact", "served", "wild"])
        #expect(report.servedSecret == "web/served")
        let wildcard = try #require(HostReport(of: "*.example", from: material([], facts)))
        #expect(wildcard.certificates.map(\.fact.secretName) == ["wild"] && wildcard.servedSecret == nil)
    }

    @Test func `the chain is told as the Secret has it`() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "shop.example")], ipAddresses: [], notBefore: now, notAfter: now.addingTimeInterval(60),
            isCA: false, commonName: "shop.example")
        let secret = Secret(
            metadata: ObjectMeta(namespace: "web", name: "shop-tls"), type: Secret.tlsType,
            data: [Secret.certificateKey: Array(PEM.encode([certificate]).utf8), Secret.privateKeyKey: key.pem().copy()])
        let report = try #require(
            HostReport(of: "shop.example", from: material([], [fact("shop-tls", ["shop.example"])], secrets: [secret])))
        let chain = try #require(report.certificates.first?.chain)
        #expect(chain.map(\.subject) == ["CN=shop.example"] && chain.map(\.issuer) == ["CN=shop.example"])
        #expect(chain.map(\.key) == ["ECDSA P-256"] && chain.map(\.fingerprint) == [certificate.sha256Fingerprint])
        #expect(chain.map(\.notAfter) == [now.addingTimeInterval(60)])
        // Nothing of the key leaves the Secret.
        #expect(!String(decoding: try AdminJSON.encoder().encode(report), as: UTF8.self).contains("PRIVATE"))
        let absent = try #require(HostReport(of: "shop.example", from: material([], [fact("shop-tls", ["shop.example"])])))
        #expect(absent.certificates.first?.chain.isEmpty == true)
    }

    @Test func `problems are those of its objects`() throws {
        let ingresses = [ingress("shop", host: "shop.example")]
        let facts = [fact("shop-tls", ["shop.example"])]
        let report = try #require(HostReport(of: "shop.example", from: material(ingresses, facts)))
        #expect(report.problems.map(\.message) == ["mine", "mine too"])
        var owned = fact("shop-tls", ["shop.example"])
        owned.certificate = "web/shop"
        let given = material(ingresses, [owned])
        #expect(
            HostReport.objects(of: "shop.example", given.status, given.routes)
                == ["Ingress web/shop", "Secret web/shop-tls", "Certificate web/shop"])
    }

    @Test func `of what happened the newest is kept`() throws {
        var given = material([ingress("shop", host: "shop.example")])
        given.recentEvents = (0...HostReport.eventsMax).map { index in
            HostReport.Event(
                at: now.addingTimeInterval(Double(index)), type: "Normal", reason: "\(index)", object: "Ingress web/shop", message: "m")
        }
        let report = try #require(HostReport(of: "shop.example", from: given))
        #expect(report.recentEvents.count == HostReport.eventsMax)
        #expect(report.recentEvents.first?.reason == "\(HostReport.eventsMax)" && report.recentEvents.last?.reason == "1")
        let after = try AdminJSON.decoder().decode(HostReport.self, from: AdminJSON.encoder().encode(report))
        #expect(after == report)
    }
}
