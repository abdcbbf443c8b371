internal import HashTreeCollections
internal import Issuance
internal import Routing
internal import Store

/// Which Ingresses are served and who issues for them: what a server and a command that works without one have to agree on.
struct ServingScope: Hashable {
    var ingressClasses: IngressClassPolicy
    var issuance: IssuanceSettings

    init(_ options: ServingOptions, namespaces: [String] = []) {
        ingressClasses = IngressClassPolicy(
            controllerName: options.controllerName, className: options.ingressClass, watchWithoutClass: options.watchIngressWithoutClass,
            namespaces: Set(namespaces))
        issuance = IssuanceSettings(
            defaultIssuer: options.defaultIssuer, clusterResourceNamespace: options.clusterResourceNamespace,
            followsCertificates: options.certificates)
    }

    /// The flags that make this scope, by name, for the state folder.
    var flags: [String: String] {
        var flags = [
            "controller-name": ingressClasses.controllerName, "cluster-resource-namespace": issuance.clusterResourceNamespace,
            "watch-ingress-without-class": "\(ingressClasses.watchWithoutClass)",
            "namespace": ingressClasses.namespaces.sorted().joined(separator: ","),
            "certificates": "\(issuance.followsCertificates)",
        ]
        flags["ingress-class"] = ingressClasses.className
        flags["default-issuer"] = issuance.defaultIssuer?.description
        return flags
    }

    /// The kinds that are left alone, counted: those that the store does not know, and what a flag would turn on.
    func ignoredKinds(of update: StoreUpdate) -> [String: Int] {
        var kinds = update.ignoredKinds
        let certificates = update.objects.certificates.count
        if !issuance.followsCertificates, certificates > 0 { kinds["Certificate.cert-manager.io"] = certificates }
        return kinds
    }

    /// The scope that a server left in its state folder; nil when it left none.
    init?(flags: [String: String]) {
        guard let controllerName = flags["controller-name"], let namespace = flags["cluster-resource-namespace"] else { return nil }
        ingressClasses = IngressClassPolicy(
            controllerName: controllerName, className: flags["ingress-class"],
            watchWithoutClass: flags["watch-ingress-without-class"] == "true",
            namespaces: Set((flags["namespace"] ?? "").split(separator: ",").map(String.init)))
        issuance = IssuanceSettings(
            defaultIssuer: flags["default-issuer"].flatMap { IssuerName($0) }, clusterResourceNamespace: namespace,
            followsCertificates: flags["certificates"] == "true")
    }
}
