/// The kinds of objects that certctl reads; every other kind is counted and left alone.
public enum ObjectKind: String, Hashable, Sendable, CaseIterable, Comparable {
    /// `networking.k8s.io/v1` Ingress.
    case ingress = "Ingress"
    /// `networking.k8s.io/v1` IngressClass, cluster-scoped.
    case ingressClass = "IngressClass"
    /// `v1` Service.
    case service = "Service"
    /// `discovery.k8s.io/v1` EndpointSlice.
    case endpointSlice = "EndpointSlice"
    /// `v1` Namespace, cluster-scoped.
    case namespace = "Namespace"
    /// `v1` Secret.
    case secret = "Secret"
    /// `v1` ConfigMap.
    case configMap = "ConfigMap"
    /// `cert-manager.io/v1` Issuer.
    case issuer = "Issuer"
    /// `cert-manager.io/v1` ClusterIssuer, cluster-scoped.
    case clusterIssuer = "ClusterIssuer"
    /// `cert-manager.io/v1` Certificate.
    case certificate = "Certificate"

    /// The API group; empty for the core group.
    public var group: String {
        switch self {
        case .ingress, .ingressClass: "networking.k8s.io"
        case .endpointSlice: "discovery.k8s.io"
        case .issuer, .clusterIssuer, .certificate: "cert-manager.io"
        case .service, .namespace, .secret, .configMap: ""
        }
    }

    /// `apiVersion` as a manifest writes it: `v1` or `GROUP/v1`.
    public var apiVersion: String { group.isEmpty ? "v1" : group + "/v1" }

    /// Whether objects of the kind live outside namespaces.
    public var isClusterScoped: Bool {
        switch self {
        case .ingressClass, .namespace, .clusterIssuer: true
        case .ingress, .service, .endpointSlice, .secret, .configMap, .issuer, .certificate: false
        }
    }

    /// Orders by the name of the kind.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
