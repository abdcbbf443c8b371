internal import Core
internal import KubernetesAPI

/// What a backend refers to; equal keys share one ``Upstream``.
enum BackendKey: Hashable, Sendable, CustomStringConvertible {
    case service(NamespacedName, ServiceBackendPort)
    case resource(kind: String, NamespacedName)

    /// - Parameter namespace: that of the Ingress; a backend is always in the same one.
    init(_ backend: IngressBackend, namespace: String) {
        switch backend {
        case .service(let name, let port): self = .service(NamespacedName(namespace: namespace, name: name), port)
        case .resource(_, let kind, let name): self = .resource(kind: kind, NamespacedName(namespace: namespace, name: name))
        }
    }

    /// The object that is referred to.
    var object: NamespacedName {
        switch self {
        case .service(let name, _), .resource(_, let name): name
        }
    }

    /// The ``Upstream/name``.
    var description: String {
        switch self {
        case .service(let name, let port): "\(name):\(port)"
        case .resource(let kind, let name): "\(kind) \(name)"
        }
    }
}
