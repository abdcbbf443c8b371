import Core
import FoundationEssentials
import KubernetesAPI
import PKI
import Routing
import Store

@testable import Certificates

/// Short forms of the objects that tests need; the namespace is `shop` unless said otherwise.
enum Make {
    static func secret(_ name: String, namespace: String = "shop", _ data: [String: [UInt8]]) -> KubernetesObject {
        .secret(Secret(metadata: ObjectMeta(namespace: namespace, name: name), type: Secret.tlsType, data: data))
    }

    static func ingress(
        _ name: String, namespace: String = "shop", age: Int? = nil, className: String = "certctl",
        tls: [(hosts: [String], secret: String?)],
        rules: [String] = []
    ) -> KubernetesObject {
        var meta = ObjectMeta(namespace: namespace, name: name)
        meta.creationTimestamp = age.map { Date(timeIntervalSince1970: 1_000_000 - Double($0)) }
        let spec = IngressSpec(
            ingressClassName: className, tls: tls.map { IngressTLS(hosts: $0.hosts, secretName: $0.secret) },
            rules: rules.map { IngressRule(host: $0, paths: []) })
        return .ingress(Ingress(metadata: meta, spec: spec))
    }

    static func name(_ name: String, namespace: String = "shop") -> NamespacedName { NamespacedName(namespace: namespace, name: name) }
}

/// A catalog with the objects that it has seen, changed one at a time.
struct World {
    var catalog: CertificateCatalog
    var objects = ObjectSet()
    var changed = ChangeSet(isEverything: true)

    init(defaultSecret: NamespacedName? = nil) throws {
        catalog = try CertificateCatalog(policy: IngressClassPolicy(), defaultSecret: defaultSecret, now: Pair.now)
    }

    mutating func put(_ object: KubernetesObject...) {
        for object in object {
            objects.insert(object)
            changed.insert(object.key)
        }
    }

    mutating func remove(_ kind: ObjectKind, _ name: NamespacedName) {
        let key = ObjectKey(kind: kind, name: name)
        objects.remove(key)
        changed.insert(key)
    }

    mutating func index(now: Date = Pair.now) -> CertificateIndex {
        defer { changed = ChangeSet() }
        return catalog.apply(StoreUpdate(objects: objects, changed: changed), now: now)
    }

    func problems(now: Date = Pair.now) -> [String] { catalog.problems(now: now).map(\.description) }

    /// `good`, `bad: REASON` or `missing`.
    func verdict(_ secret: String) -> String {
        switch catalog.verdict(for: Make.name(secret)) {
        case .good: "good"
        case .bad(let reason, _): "bad: \(reason)"
        case .missing: "missing"
        }
    }
}

extension CertificateIndex {
    /// The leaf that a real certificate serves; nil for a placeholder and for nothing.
    func leaf(_ name: String) -> Certificate? {
        credential(for: name).flatMap { $0.isPlaceholder ? nil : $0.keyPair.leaf }
    }

    func hasCertificate(_ authority: String) -> Bool {
        let bytes = Array(authority.utf8)
        return hasCertificate(for: bytes.span)
    }
}
