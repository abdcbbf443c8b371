public import Core
public import KubernetesAPI

/// The names of the objects that came, went or became different.
public struct ChangeSet: Sendable, Hashable {
    /// Whether to start over from the whole ``ObjectSet``; the name sets are empty then.
    public var isEverything: Bool
    /// Changed Ingresses.
    public var ingresses: Set<NamespacedName> = []
    /// Changed IngressClasses.
    public var ingressClasses: Set<NamespacedName> = []
    /// Changed Services.
    public var services: Set<NamespacedName> = []
    /// Changed EndpointSlices, by their own names.
    public var endpointSlices: Set<NamespacedName> = []
    /// Services whose EndpointSlices changed, by the name in the slices' labels before or after.
    public var endpointServices: Set<NamespacedName> = []
    /// Changed Namespaces; the namespace of their names is empty.
    public var namespaces: Set<NamespacedName> = []
    /// Changed Secrets.
    public var secrets: Set<NamespacedName> = []
    /// Changed ConfigMaps.
    public var configMaps: Set<NamespacedName> = []
    /// Changed Issuers, and ClusterIssuers with an empty namespace.
    public var issuers: Set<NamespacedName> = []
    /// Changed Certificates.
    public var certificates: Set<NamespacedName> = []

    /// Makes a change set without a change, or the one that means everything.
    public init(isEverything: Bool = false) {
        self.isEverything = isEverything
    }

    /// Whether nothing changed.
    public var isEmpty: Bool {
        !isEverything && ingresses.isEmpty && ingressClasses.isEmpty && services.isEmpty && endpointSlices.isEmpty
            && namespaces.isEmpty && secrets.isEmpty && configMaps.isEmpty && issuers.isEmpty && certificates.isEmpty
    }

    /// Notes that an object changed.
    public mutating func insert(_ key: ObjectKey) {
        switch key.kind {
        case .ingress: ingresses.insert(key.name)
        case .ingressClass: ingressClasses.insert(key.name)
        case .service: services.insert(key.name)
        case .endpointSlice: endpointSlices.insert(key.name)
        case .namespace: namespaces.insert(key.name)
        case .secret: secrets.insert(key.name)
        case .configMap: configMaps.insert(key.name)
        case .issuer, .clusterIssuer: issuers.insert(key.name)
        case .certificate: certificates.insert(key.name)
        }
    }

    /// What is different, by value, between two states of the objects.
    ///
    /// - Parameter keys: the keys that may be; the others are known to be the same.
    package init(from before: ObjectSet, to after: ObjectSet, among keys: Set<ObjectKey>) {
        isEverything = false
        for key in keys {
            let (old, new) = (before[key], after[key])
            if old == new { continue }
            insert(key)
            for case .endpointSlice(let slice)? in [old, new] {
                if let service = slice.service { endpointServices.insert(service) }
            }
        }
    }

    /// What changed in either; everything if one of them says so.
    public func merged(with other: ChangeSet) -> ChangeSet {
        if isEverything || other.isEverything { return ChangeSet(isEverything: true) }
        var merged = self
        merged.ingresses.formUnion(other.ingresses)
        merged.ingressClasses.formUnion(other.ingressClasses)
        merged.services.formUnion(other.services)
        merged.endpointSlices.formUnion(other.endpointSlices)
        merged.endpointServices.formUnion(other.endpointServices)
        merged.namespaces.formUnion(other.namespaces)
        merged.secrets.formUnion(other.secrets)
        merged.configMaps.formUnion(other.configMaps)
        merged.issuers.formUnion(other.issuers)
        merged.certificates.formUnion(other.certificates)
        return merged
    }
}
