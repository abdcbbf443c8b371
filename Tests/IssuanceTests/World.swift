import ACME
import Certificates
import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Policies
import Routing
import Store
import Testing

@testable import Issuance

/// 1 September 2026, 12:00 UTC.
let noon = Date(timeIntervalSince1970: 1_788_264_000)

func days(_ count: Double) -> TimeInterval { count * 86_400 }

func host(_ text: String) -> DNSName {
    do { return try DNSName(parsing: text) } catch { preconditionFailure("\(error)") }
}

/// Objects by hand.
enum Make {
    static let clusterIssuer = ["cert-manager.io/cluster-issuer": "le"]

    static func ingress(
        _ name: String, namespace: String = "web", _ annotations: [String: String] = clusterIssuer, created: Date? = nil,
        className: String? = "certctl", tls: [([String], String?)]
    ) -> Ingress {
        var metadata = ObjectMeta(namespace: namespace, name: name, annotations: annotations)
        metadata.creationTimestamp = created
        return Ingress(
            metadata: metadata,
            spec: IngressSpec(ingressClassName: className, tls: tls.map { IngressTLS(hosts: $0.0, secretName: $0.1) }))
    }

    static func acme(
        _ name: String = "le", namespace: String = "", server: String = "https://ca.test/directory", email: String? = nil,
        change: (inout ACMEIssuerSpec) -> Void = { _ in }
    ) -> Issuer {
        var spec = ACMEIssuerSpec(
            server: server, email: email, privateKeySecretRef: SecretKeySelector(name: name + "-account", key: "tls.key"))
        change(&spec)
        return Issuer(
            metadata: ObjectMeta(namespace: namespace, name: name), scope: namespace.isEmpty ? .cluster : .namespaced,
            spec: .acme(spec))
    }

    static func issuer(_ name: String, namespace: String = "", _ spec: Issuer.Spec) -> Issuer {
        Issuer(
            metadata: ObjectMeta(namespace: namespace, name: name), scope: namespace.isEmpty ? .cluster : .namespaced, spec: spec)
    }

    /// A key pair Secret that says nothing about its origin.
    static func keyPair(
        _ name: String, namespace: String = "web", _ hosts: [String], from: Date = noon.addingTimeInterval(-days(1)),
        until: Date = noon.addingTimeInterval(days(89)), key: KeyAlgorithm = .ecdsaP256, isCA: Bool = false
    ) throws -> Secret {
        let key = try PrivateKey.generate(key)
        let names = try CertificateNames(hosts: hosts)
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: names.dnsNames, ipAddresses: names.ipAddresses, notBefore: from, notAfter: until, isCA: isCA,
            commonName: isCA ? "Test CA" : nil)
        return Secret(
            metadata: ObjectMeta(namespace: namespace, name: name), type: Secret.tlsType,
            data: [Secret.certificateKey: Array(PEM.encode([certificate]).utf8), Secret.privateKeyKey: key.pem().copy()])
    }

    /// A Secret as we write it.
    static func ours(
        _ name: String, _ hosts: [String], issuer: IssuerName = IssuerName(kind: .clusterIssuer, name: "le"),
        from: Date = noon.addingTimeInterval(-days(1)), until: Date = noon.addingTimeInterval(days(89)),
        directory: String? = "https://ca.test/directory", key: KeyAlgorithm = .ecdsaP256
    ) throws -> Secret {
        let pair = try keyPair(name, hosts, from: from, until: until, key: key)
        let keyPair = try TLSKeyPair(
            certificatePEM: pair.data[Secret.certificateKey] ?? [], privateKeyPEM: pair.data[Secret.privateKeyKey] ?? [])
        let material = IssuedMaterial(
            chainPEM: pair.data[Secret.certificateKey] ?? [], keyPEM: keyPair.privateKeyPEM, caPEM: nil, leaf: keyPair.leaf)
        let desired = DesiredCertificate(
            secret: pair.metadata.id, ingresses: [], names: try CertificateNames(hosts: hosts), wish: .issue(issuer))
        return material.secret(for: desired, issuer: issuer, directory: directory, over: nil)
    }

    /// A Secret as cert-manager writes it.
    static func certManager(_ name: String, _ hosts: [String], certificateName: String? = nil) throws -> Secret {
        var secret = try keyPair(name, hosts)
        secret.metadata.annotations = [
            "cert-manager.io/certificate-name": certificateName ?? name, "cert-manager.io/issuer-name": "le",
            "cert-manager.io/issuer-kind": "ClusterIssuer", "cert-manager.io/issuer-group": "cert-manager.io",
        ]
        secret.metadata.labels = ["controller.cert-manager.io/fao": "true"]
        return secret
    }
}

/// Objects, a plan over them, and what a test asks of it.
struct World {
    var objects: [KubernetesObject] = []
    var settings = IssuanceSettings()
    var records: [NamespacedName: IssuanceRecord] = [:]
    var now = noon

    init(_ ingresses: Ingress..., issuers: [Issuer] = [Make.acme()], secrets: [Secret] = []) {
        objects = ingresses.map { .ingress($0) } + issuers.map { .issuer($0) } + secrets.map { .secret($0) }
    }

    func input() throws -> PlannerInput {
        let update = StoreUpdate(objects: ObjectSet(objects), changed: ChangeSet(isEverything: true))
        var catalog = try CertificateCatalog(policy: IngressClassPolicy(), now: now)
        _ = catalog.apply(update, now: now)
        return PlannerInput(
            objects: update.objects, ingressClasses: IngressClassPolicy(), certificates: catalog.verdicts(for: update),
            settings: settings, records: records, policies: .permissive, now: now)
    }

    func plan() throws -> Plan { Planner.plan(try input()) }

    func item(_ name: String = "tls", namespace: String = "web") throws -> CertificateItem {
        let secret = NamespacedName(namespace: namespace, name: name)
        return try #require(try plan().items.first { $0.secret == secret }, "no item for \(secret)")
    }

    func fact(_ name: String = "tls") throws -> CertificateFact { try item(name).fact(isRunning: false, now: now) }
}
