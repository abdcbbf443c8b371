import Core
import FoundationEssentials
import KubernetesAPI
import Store

@testable import Routing

/// Short forms of the objects that tests need. Everything is in the namespace `shop` unless said otherwise.
enum Make {
    static let policy = IngressClassPolicy()

    static func meta(_ name: String, age: Int? = nil, labels: [String: String] = [:], annotations: [String: String] = [:]) -> ObjectMeta {
        var meta = ObjectMeta(namespace: "shop", name: name, labels: labels, annotations: annotations)
        meta.creationTimestamp = age.map { Date(timeIntervalSince1970: 1_000_000 - Double($0)) }
        return meta
    }

    static func ingress(
        _ name: String, age: Int? = nil, className: String? = "certctl", tls: [IngressTLS] = [], defaultBackend: String? = nil,
        _ rules: [IngressRule] = []
    ) -> KubernetesObject {
        let backend = defaultBackend.map { IngressBackend.service(name: $0, port: .number(80)) }
        let spec = IngressSpec(ingressClassName: className, defaultBackend: backend, tls: tls, rules: rules)
        return .ingress(Ingress(metadata: meta(name, age: age), spec: spec))
    }

    /// Each path is `TYPE PATH SERVICE`, such as `Exact /foo foo`.
    static func rule(_ host: String?, _ paths: [String]) -> IngressRule {
        IngressRule(host: host, paths: paths.map(path))
    }

    static func path(_ text: String) -> HTTPIngressPath {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        return HTTPIngressPath(
            path: parts[1], pathType: HTTPIngressPath.PathType(rawValue: parts[0]) ?? .prefix,
            backend: .service(name: parts[2], port: .number(80)))
    }

    static func service(_ name: String, clusterIP: String? = nil, ports: [ServicePort] = [ServicePort(name: "http", port: 80)])
        -> KubernetesObject
    {
        .service(Service(metadata: meta(name), clusterIP: clusterIP, ports: ports))
    }

    static func slice(
        _ service: String, suffix: String = "1", family: String = "IPv4",
        ports: [EndpointPort] = [EndpointPort(name: "http", port: 8080)],
        managed: Bool = false, _ endpoints: [Endpoint]
    ) -> KubernetesObject {
        var labels = [EndpointSlice.serviceNameLabel: service]
        if managed { labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io" }
        return .endpointSlice(
            EndpointSlice(metadata: meta("\(service)-\(suffix)", labels: labels), addressType: family, ports: ports, endpoints: endpoints))
    }

    static func ready(_ address: String) -> Endpoint { Endpoint(addresses: [address], ready: true, serving: true, terminating: false) }

    static func ingressClass(_ name: String, controller: String = "certctl.dev/ingress", isDefault: Bool = false, age: Int? = nil)
        -> KubernetesObject
    {
        let annotations = isDefault ? ["ingressclass.kubernetes.io/is-default-class": "true"] : [:]
        var meta = ObjectMeta(id: NamespacedName(namespace: "", name: name), annotations: annotations)
        meta.creationTimestamp = age.map { Date(timeIntervalSince1970: 1_000_000 - Double($0)) }
        return .ingressClass(IngressClass(metadata: meta, controller: controller))
    }

    static func everything(_ objects: [KubernetesObject]) -> StoreUpdate {
        StoreUpdate(objects: ObjectSet(objects), changed: ChangeSet(isEverything: true))
    }

    static func name(_ name: String) -> NamespacedName { NamespacedName(namespace: "shop", name: name) }
}

extension RouteTable {
    /// A table of these objects, and of a Service with one endpoint for every one that an Ingress names.
    static func of(_ objects: [KubernetesObject]) -> RouteTable {
        var compiler = RouteCompiler(policy: Make.policy)
        return compiler.apply(Make.everything(objects))
    }

    /// The name of the Service that answers, without namespace and port; nil for 404, 400 included.
    func service(_ authority: String, _ target: String) -> String? {
        find(authority, target)?.upstream.service.name
    }

    func find(_ authority: String, _ target: String) -> RouteMatch? {
        guard let path = try? CanonicalPath.text(of: target) else { return nil }
        let (host, bytes) = (Array(authority.utf8), Array(path.utf8))
        return hostRoutes(for: host.span)?.match(path: bytes.span)
    }
}
