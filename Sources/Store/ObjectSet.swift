public import Core
public import HashTreeCollections
public import KubernetesAPI

/// Every object of the kinds that certctl reads. A value: copies share what is equal, so that a snapshot costs nothing.
public struct ObjectSet: Sendable {
    /// Ingresses.
    public private(set) var ingresses: TreeDictionary<NamespacedName, Ingress> = [:]
    /// IngressClasses; their namespace is empty.
    public private(set) var ingressClasses: TreeDictionary<NamespacedName, IngressClass> = [:]
    /// Services.
    public private(set) var services: TreeDictionary<NamespacedName, Service> = [:]
    /// EndpointSlices by their own names.
    public private(set) var endpointSlices: TreeDictionary<NamespacedName, EndpointSlice> = [:]
    /// Namespaces; the namespace of their names is empty.
    public private(set) var namespaces: TreeDictionary<NamespacedName, Namespace> = [:]
    /// Secrets.
    public private(set) var secrets: TreeDictionary<NamespacedName, Secret> = [:]
    /// ConfigMaps.
    public private(set) var configMaps: TreeDictionary<NamespacedName, ConfigMap> = [:]
    /// Issuers, and ClusterIssuers with an empty namespace.
    public private(set) var issuers: TreeDictionary<NamespacedName, Issuer> = [:]
    /// Certificates, the explicit wishes; empty unless they are to be honoured.
    public private(set) var certificates: TreeDictionary<NamespacedName, CertificateResource> = [:]
    /// The names of the EndpointSlices of a Service, sorted.
    private var slicesByService: TreeDictionary<NamespacedName, [NamespacedName]> = [:]

    /// Makes an empty set.
    public init() {}

    /// Makes a set of these objects; of two with the same key the last one stays.
    public init(_ objects: some Sequence<KubernetesObject>) {
        for object in objects { insert(object) }
    }

    /// The EndpointSlices of a Service, sorted by name.
    public func endpointSlices(of service: NamespacedName) -> [EndpointSlice] {
        (slicesByService[service] ?? []).compactMap { endpointSlices[$0] }
    }

    /// The object with this key.
    public subscript(_ key: ObjectKey) -> KubernetesObject? {
        switch key.kind {
        case .ingress: ingresses[key.name].map { .ingress($0) }
        case .ingressClass: ingressClasses[key.name].map { .ingressClass($0) }
        case .service: services[key.name].map { .service($0) }
        case .endpointSlice: endpointSlices[key.name].map { .endpointSlice($0) }
        case .namespace: namespaces[key.name].map { .namespace($0) }
        case .secret: secrets[key.name].map { .secret($0) }
        case .configMap: configMaps[key.name].map { .configMap($0) }
        case .issuer, .clusterIssuer: issuers[key.name].map { .issuer($0) }
        case .certificate: certificates[key.name].map { .certificate($0) }
        }
    }

    /// How many objects there are.
    public var count: Int {
        ingresses.count + ingressClasses.count + services.count + endpointSlices.count + namespaces.count + secrets.count
            + configMaps.count + issuers.count + certificates.count
    }

    /// Adds an object or puts it in the place of the one with the same key.
    public mutating func insert(_ object: KubernetesObject) {
        let name = object.metadata.id
        switch object {
        case .ingress(let ingress): ingresses[name] = ingress
        case .ingressClass(let ingressClass): ingressClasses[name] = ingressClass
        case .service(let service): services[name] = service
        case .namespace(let namespace): namespaces[name] = namespace
        case .secret(let secret): secrets[name] = secret
        case .configMap(let configMap): configMaps[name] = configMap
        case .issuer(let issuer): issuers[name] = issuer
        case .certificate(let certificate): certificates[name] = certificate
        case .endpointSlice(let slice):
            unlink(name)
            endpointSlices[name] = slice
            if let service = slice.service { slicesByService[service] = ((slicesByService[service] ?? []) + [name]).sorted() }
        }
    }

    /// Takes an object out; nothing happens if it is not there.
    public mutating func remove(_ key: ObjectKey) {
        switch key.kind {
        case .ingress: ingresses[key.name] = nil
        case .ingressClass: ingressClasses[key.name] = nil
        case .service: services[key.name] = nil
        case .namespace: namespaces[key.name] = nil
        case .secret: secrets[key.name] = nil
        case .configMap: configMaps[key.name] = nil
        case .issuer, .clusterIssuer: issuers[key.name] = nil
        case .certificate: certificates[key.name] = nil
        case .endpointSlice:
            unlink(key.name)
            endpointSlices[key.name] = nil
        }
    }

    private mutating func unlink(_ slice: NamespacedName) {
        guard let service = endpointSlices[slice]?.service else { return }
        let left = (slicesByService[service] ?? []).filter { $0 != slice }
        slicesByService[service] = left.isEmpty ? nil : left
    }
}
