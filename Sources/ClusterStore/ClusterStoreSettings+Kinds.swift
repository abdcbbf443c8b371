internal import KubernetesAPI

extension ClusterStoreSettings {
    /// The kinds that every cluster has.
    var standardKinds: [ObjectKind] {
        var kinds: [ObjectKind] = [.ingress, .service]
        if role != .controller { kinds.append(.endpointSlice) }
        if namespaces.isEmpty { kinds.append(.ingressClass) }
        if followsNamespaces, namespaces.isEmpty { kinds.append(.namespace) }
        if followsPolicies { kinds.append(.configMap) }
        return kinds
    }

    /// The kinds that are there only with cert-manager's custom resources.
    var discoveredKinds: [ObjectKind] {
        if role == .proxy { return [] }
        var kinds: [ObjectKind] = []
        if case .customResources = issuers { kinds += namespaces.isEmpty ? [.issuer, .clusterIssuer] : [.issuer] }
        if followsCertificates { kinds.append(.certificate) }
        return kinds
    }

    /// Where the objects of a kind are looked for; nil stands for everywhere.
    func namespaces(of kind: ObjectKind) -> [String?] {
        if kind == .configMap { return [resourceNamespace] }
        return kind.isClusterScoped || namespaces.isEmpty ? [nil] : namespaces
    }

    /// Whether serving makes no sense without a kind.
    func isRequired(_ kind: ObjectKind) -> Bool {
        switch kind {
        case .ingress, .service, .endpointSlice, .secret: true
        case .ingressClass, .namespace, .configMap, .issuer, .clusterIssuer, .certificate: false
        }
    }
}
