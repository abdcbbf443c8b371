internal import Core
internal import KubernetesAPI
internal import Manifests

/// Reads objects and drops what nobody uses, so that little memory is held and a change of it is no change. Pure.
///
/// `metadata.resourceVersion` is dropped as well: only Secrets and ConfigMaps are written with a condition on it.
enum ObjectPruning {
    /// As large as the object itself.
    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    static func annotations(_ annotations: [String: String]) -> [String: String] {
        annotations[lastApplied] == nil ? annotations : annotations.filter { $0.key != lastApplied }
    }

    static func decode(_ root: Node, as kind: ObjectKind) throws(ManifestError) -> KubernetesObject {
        switch kind {
        case .ingress:
            var ingress = try Ingress(from: root)
            prune(&ingress.metadata)
            return .ingress(ingress)
        case .ingressClass:
            var ingressClass = try IngressClass(from: root)
            prune(&ingressClass.metadata)
            return .ingressClass(ingressClass)
        case .service:
            var service = try Service(from: root)
            prune(&service.metadata)
            service.metadata.labels = [:]
            return .service(service)
        case .endpointSlice:
            var slice = try EndpointSlice(from: root)
            prune(&slice.metadata)
            slice.metadata.annotations = [:]
            slice.metadata.labels = slice.metadata.labels.filter { $0.key == EndpointSlice.serviceNameLabel }
            slice.metadata.uid = nil
            slice.metadata.generation = 0
            slice.metadata.creationTimestamp = nil
            return .endpointSlice(slice)
        case .issuer, .clusterIssuer:
            var issuer = try Issuer(from: root, scope: kind == .clusterIssuer ? .cluster : .namespaced)
            prune(&issuer.metadata)
            return .issuer(issuer)
        case .certificate:
            var certificate = try CertificateResource(from: root)
            prune(&certificate.metadata)
            return .certificate(certificate)
        case .namespace:
            var namespace = try Namespace(from: root)
            prune(&namespace.metadata)
            namespace.metadata.annotations = [:]
            return .namespace(namespace)
        case .configMap: return .configMap(try ConfigMap(from: root))
        case .secret: return .secret(try Secret(from: root))
        }
    }

    private static func prune(_ metadata: inout ObjectMeta) {
        metadata.annotations = annotations(metadata.annotations)
        metadata.resourceVersion = nil
    }
}
