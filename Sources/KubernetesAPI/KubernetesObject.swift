/// An object of any kind that certctl reads.
public enum KubernetesObject: Hashable, Sendable {
    /// An Ingress.
    case ingress(Ingress)
    /// An IngressClass.
    case ingressClass(IngressClass)
    /// A Service.
    case service(Service)
    /// An EndpointSlice.
    case endpointSlice(EndpointSlice)
    /// A Namespace.
    case namespace(Namespace)
    /// A Secret.
    case secret(Secret)
    /// A ConfigMap.
    case configMap(ConfigMap)
    /// An Issuer or a ClusterIssuer.
    case issuer(Issuer)
    /// A Certificate.
    case certificate(CertificateResource)

    /// The object's metadata.
    public var metadata: ObjectMeta {
        switch self {
        case .ingress(let object): object.metadata
        case .ingressClass(let object): object.metadata
        case .service(let object): object.metadata
        case .endpointSlice(let object): object.metadata
        case .namespace(let object): object.metadata
        case .secret(let object): object.metadata
        case .configMap(let object): object.metadata
        case .issuer(let object): object.metadata
        case .certificate(let object): object.metadata
        }
    }

    /// The object's kind.
    public var kind: ObjectKind {
        switch self {
        case .ingress: .ingress
        case .ingressClass: .ingressClass
        case .service: .service
        case .endpointSlice: .endpointSlice
        case .namespace: .namespace
        case .secret: .secret
        case .configMap: .configMap
        case .issuer(let object): object.kind
        case .certificate: .certificate
        }
    }

    /// The object's identity.
    public var key: ObjectKey { ObjectKey(kind: kind, name: metadata.id) }
}
