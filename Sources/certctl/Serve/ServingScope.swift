internal import Issuance
internal import Routing

/// Which Ingresses are served and who issues for them: what a server and a command that works without one have to agree on.
struct ServingScope: Codable, Hashable {
    let ingressClass: String
    let controllerName: String
    let watchIngressWithoutClass: Bool
    let namespaces: Set<String>
    let defaultIssuer: IssuerName?
    let clusterResourceNamespace: String

    init(_ options: ServingOptions, namespaces: [String] = []) {
        ingressClass = options.ingressClass
        controllerName = options.controllerName
        watchIngressWithoutClass = options.watchIngressWithoutClass
        self.namespaces = Set(namespaces)
        defaultIssuer = options.defaultIssuer
        clusterResourceNamespace = options.clusterResourceNamespace
    }

    var ingressClasses: IngressClassPolicy {
        IngressClassPolicy(
            controllerName: controllerName, className: ingressClass, watchWithoutClass: watchIngressWithoutClass, namespaces: namespaces)
    }

    var issuance: IssuanceSettings {
        IssuanceSettings(defaultIssuer: defaultIssuer, clusterResourceNamespace: clusterResourceNamespace)
    }
}
