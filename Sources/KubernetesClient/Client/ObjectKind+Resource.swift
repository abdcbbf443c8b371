public import KubernetesAPI

extension ObjectKind {
    /// How the API server's paths call objects of this kind.
    public var resource: APIResource {
        switch self {
        case .ingress: .ingresses
        case .ingressClass: .ingressClasses
        case .service: .services
        case .endpointSlice: .endpointSlices
        case .namespace: .namespaces
        case .secret: .secrets
        case .configMap: .configMaps
        case .issuer: .issuers
        case .clusterIssuer: .clusterIssuers
        case .certificate: .certificates
        }
    }
}
