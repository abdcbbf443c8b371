/// A kind of objects as the API server's paths name it.
public struct APIResource: Hashable, Sendable, CustomStringConvertible {
    /// The API group; empty for the core group.
    public let group: String
    /// The version within the group, such as `v1`.
    public let version: String
    /// The plural of the paths, such as `ingresses`.
    public let plural: String
    /// Whether objects live in namespaces.
    public let isNamespaced: Bool

    /// Makes a resource; nothing is checked.
    public init(group: String, version: String = "v1", plural: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    /// `apiVersion` of its objects: `v1` or `GROUP/VERSION`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of the whole group version: `/api/v1` or `/apis/GROUP/VERSION`.
    public var groupPath: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }

    /// The path of the collection or, with a name, of one object.
    ///
    /// - Parameters:
    ///   - namespace: nil for all namespaces, and for resources that live in none.
    ///   - subresource: such as `status`.
    public func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = groupPath
        if let namespace { path += "/namespaces/" + PercentEncoding.encode(namespace) }
        path += "/" + plural
        if let name { path += "/" + PercentEncoding.encode(name) }
        if let subresource { path += "/" + subresource }
        return path
    }

    /// `PLURAL.GROUP`, or the plural alone in the core group.
    public var description: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

extension APIResource {
    /// `networking.k8s.io/v1` Ingress.
    public static let ingresses = APIResource(group: "networking.k8s.io", plural: "ingresses")
    /// `networking.k8s.io/v1` IngressClass.
    public static let ingressClasses = APIResource(group: "networking.k8s.io", plural: "ingressclasses", isNamespaced: false)
    /// `v1` Service.
    public static let services = APIResource(group: "", plural: "services")
    /// `discovery.k8s.io/v1` EndpointSlice.
    public static let endpointSlices = APIResource(group: "discovery.k8s.io", plural: "endpointslices")
    /// `v1` Secret.
    public static let secrets = APIResource(group: "", plural: "secrets")
    /// `v1` ConfigMap.
    public static let configMaps = APIResource(group: "", plural: "configmaps")
    /// `v1` Namespace.
    public static let namespaces = APIResource(group: "", plural: "namespaces", isNamespaced: false)
    /// `v1` Pod.
    public static let pods = APIResource(group: "", plural: "pods")
    /// `cert-manager.io/v1` Issuer.
    public static let issuers = APIResource(group: "cert-manager.io", plural: "issuers")
    /// `cert-manager.io/v1` ClusterIssuer.
    public static let clusterIssuers = APIResource(group: "cert-manager.io", plural: "clusterissuers", isNamespaced: false)
    /// `cert-manager.io/v1` Certificate.
    public static let certificates = APIResource(group: "cert-manager.io", plural: "certificates")
    /// `coordination.k8s.io/v1` Lease.
    public static let leases = APIResource(group: "coordination.k8s.io", plural: "leases")
    /// `events.k8s.io/v1` Event.
    public static let events = APIResource(group: "events.k8s.io", plural: "events")
}
