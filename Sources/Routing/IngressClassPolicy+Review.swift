package import Core
internal import HashTreeCollections
internal import KubernetesAPI
package import Store

extension IngressClassPolicy {
    /// The Ingresses whose compiled form an update may change: those that differ, and those that begin or cease to be ours because
    /// an IngressClass differs.
    ///
    /// - Parameter served: what was made of the Ingresses that are ours so far.
    package func review<Compiled>(_ update: StoreUpdate, served: [NamespacedName: Compiled]) -> Set<NamespacedName> {
        let objects = update.objects
        if update.changed.isEverything { return Set(objects.ingresses.keys).union(served.keys) }
        var names = update.changed.ingresses
        guard !update.changed.ingressClasses.isEmpty else { return names }
        for (name, ingress) in objects.ingresses where (served[name] != nil) != serves(ingress, classes: objects.ingressClasses) {
            names.insert(name)
        }
        return names
    }
}
