internal import FoundationEssentials
internal import Issuance
internal import KubernetesAPI
internal import Routing

/// Which Ingresses are served and who issues for them: what a server and a command that works without one have to agree on.
struct ServingScope: Hashable {
    var ingressClasses: IngressClassPolicy
    var issuance: IssuanceSettings
    /// Whether Certificates (cert-manager.io/v1) are wishes like the `tls` sections of Ingresses.
    var followsCertificates: Bool
    /// The folder of `--policies`.
    var policies: String?

    /// What the flags say, for folders of manifests.
    init(_ options: ServingOptions, namespaces: [String] = [], policies: String? = nil) {
        ingressClasses = IngressClassPolicy(
            controllerName: options.controllerName, className: options.ingressClass, watchWithoutClass: options.watchIngressWithoutClass,
            namespaces: Set(namespaces))
        issuance = IssuanceSettings(
            defaultIssuer: options.defaultIssuer, clusterResourceNamespace: options.clusterResourceNamespace, impliesNamespaces: true)
        followsCertificates = options.certificates
        self.policies = policies
    }

    /// The flags that make this scope, by name, for the state folder.
    var flags: [String: String] {
        var flags = [
            "controller-name": ingressClasses.controllerName, "cluster-resource-namespace": issuance.clusterResourceNamespace,
            "watch-ingress-without-class": "\(ingressClasses.watchWithoutClass)",
            "namespace": ingressClasses.namespaces.sorted().joined(separator: ","),
            "certificates": "\(followsCertificates)",
        ]
        flags["ingress-class"] = ingressClasses.className
        flags["policies"] = policies.map { URL(filePath: $0).standardizedFileURL.path(percentEncoded: false) }
        flags["default-issuer"] = issuance.defaultIssuer?.description
        return flags
    }

    /// The kinds that the store leaves alone because of a flag.
    var ignoredKinds: Set<ObjectKind> { followsCertificates ? [] : [.certificate] }

    /// The scope that a server left in its state folder; nil when it left none.
    init?(flags: [String: String]) {
        guard let controllerName = flags["controller-name"], let namespace = flags["cluster-resource-namespace"] else { return nil }
        ingressClasses = IngressClassPolicy(
            controllerName: controllerName, className: flags["ingress-class"],
            watchWithoutClass: flags["watch-ingress-without-class"] == "true",
            namespaces: Set((flags["namespace"] ?? "").split(separator: ",").map(String.init)))
        issuance = IssuanceSettings(
            defaultIssuer: flags["default-issuer"].flatMap { IssuerName($0) }, clusterResourceNamespace: namespace,
            impliesNamespaces: true)
        followsCertificates = flags["certificates"] == "true"
        policies = flags["policies"]
    }
}
