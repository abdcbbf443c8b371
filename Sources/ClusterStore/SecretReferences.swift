internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// Which Secrets are named by whom. Follows the changes of the objects, so that one changed Ingress among 10,000 costs little. Pure.
struct SecretReferences: Sendable {
    /// How much of a Secret is used.
    enum Need: Hashable, Sendable, Comparable {
        /// The certificate, its key and the CA.
        case certificate
        /// Everything: an account key, a CA, a MAC key.
        case everything
    }

    private let settings: ClusterStoreSettings
    private var namedBy: [ObjectKey: [NamespacedName: Need]] = [:]
    private var counts: [NamespacedName: (certificate: Int, everything: Int)] = [:]
    /// How many of the names are in a namespace.
    private var namespaceCounts: [String: Int] = [:]

    init(_ settings: ClusterStoreSettings) {
        self.settings = settings
        for name in settings.furtherSecrets { add(name, .certificate, 1) }
    }

    /// Every name.
    var names: some Collection<NamespacedName> { counts.keys }

    /// How many of the names are in which namespace.
    var namespaces: [String: Int] { namespaceCounts }

    /// What is needed of a Secret; nil when nobody names it.
    func need(of name: NamespacedName) -> Need? {
        guard let count = counts[name] else { return nil }
        return count.everything > 0 ? .everything : .certificate
    }

    /// Takes in objects that may have changed.
    ///
    /// - Returns: the names whose ``need(of:)`` may be different now.
    mutating func update(_ keys: Set<ObjectKey>, in objects: ObjectSet) -> Set<NamespacedName> {
        var changed: Set<NamespacedName> = []
        let isClassChange = keys.contains { $0.kind == .ingressClass }
        for key in keys where !(isClassChange && key.kind == .ingress) { update(key, in: objects, &changed) }
        if isClassChange {
            // Which Ingresses are ours may be different now.
            let gone = namedBy.keys.filter { $0.kind == .ingress && objects.ingresses[$0.name] == nil }
            for key in gone { update(key, in: objects, &changed) }
            for name in objects.ingresses.keys { update(ObjectKey(kind: .ingress, name: name), in: objects, &changed) }
        }
        return changed
    }

    private mutating func update(_ key: ObjectKey, in objects: ObjectSet, _ changed: inout Set<NamespacedName>) {
        let new = names(in: objects[key], objects)
        let old = namedBy[key] ?? [:]
        if new == old { return }
        namedBy[key] = new.isEmpty ? nil : new
        for (name, need) in old where new[name] != need {
            add(name, need, -1)
            changed.insert(name)
        }
        for (name, need) in new where old[name] != need {
            add(name, need, 1)
            changed.insert(name)
        }
    }

    private mutating func add(_ name: NamespacedName, _ need: Need, _ step: Int) {
        var count = counts[name] ?? (0, 0)
        if count == (0, 0) { namespaceCounts[name.namespace, default: 0] += 1 }
        switch need {
        case .certificate: count.certificate += step
        case .everything: count.everything += step
        }
        counts[name] = count == (0, 0) ? nil : count
        guard count == (0, 0) else { return }
        let left = (namespaceCounts[name.namespace] ?? 0) - 1
        namespaceCounts[name.namespace] = left > 0 ? left : nil
    }

    private func names(in object: KubernetesObject?, _ objects: ObjectSet) -> [NamespacedName: Need] {
        switch object {
        case .ingress(let ingress):
            guard settings.serves(ingress, objects.ingressClasses) else { return [:] }
            return Self.names(ingress.spec.tls.compactMap(\.secretName), ingress.metadata.namespace, .certificate)
        case .certificate(let certificate):
            return Self.names([certificate.spec.secretName], certificate.metadata.namespace, .certificate)
        case .issuer(let issuer):
            let namespace = issuer.scope == .cluster ? settings.resourceNamespace : issuer.metadata.namespace
            return Self.names(Self.secretNames(of: issuer.spec), namespace, .everything)
        case .ingressClass, .service, .endpointSlice, .namespace, .secret, .configMap, nil: return [:]
        }
    }

    private static func names(_ names: [String], _ namespace: String, _ need: Need) -> [NamespacedName: Need] {
        var found: [NamespacedName: Need] = [:]
        // What no Secret can be called cannot be asked for either.
        for name in names where ObjectName.isSubdomain(name) { found[NamespacedName(namespace: namespace, name: name)] = need }
        return found
    }

    private static func secretNames(of spec: Issuer.Spec) -> [String] {
        switch spec {
        case .acme(let acme): [acme.privateKeySecretRef.name] + (acme.externalAccountBinding.map { [$0.keySecretRef.name] } ?? [])
        case .ca(let ca): [ca.secretName]
        case .selfSigned, .unsupported: []
        }
    }
}
