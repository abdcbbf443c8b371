internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import KubernetesClient
internal import Manifests
public import Routing
public import Store

/// Which Ingresses do not show the addresses that they should. Pure.
public struct IngressStatusPlanner: Hashable, Sendable {
    private let source: IngressStatusSource
    private let ingressClasses: IngressClassPolicy

    /// Makes a planner.
    ///
    /// - Parameters:
    ///   - source: Where the addresses come from.
    ///   - ingressClasses: Which Ingresses are served; the status of others is never touched.
    public init(source: IngressStatusSource, ingressClasses: IngressClassPolicy) {
        self.source = source
        self.ingressClasses = ingressClasses
    }

    /// The writes that are needed, sorted by name; none where the status is as wanted, or what is wanted is not known.
    public func writes(_ objects: ObjectSet) -> [StatusWrite] {
        guard let wanted = source.addresses(in: objects) else { return [] }
        let status = ManifestValue.mapping([
            .init("loadBalancer", .mapping([.init("ingress", .sequence(wanted.map { $0.value() }))]))
        ])
        var writes: [StatusWrite] = []
        for ingress in objects.ingresses.values
        where ingress.loadBalancer != wanted && ingress.metadata.deletionTimestamp == nil
            && ingressClasses.serves(ingress, classes: objects.ingressClasses)
        {
            writes.append(StatusWrite(.ingress, ingress.metadata, status: status))
        }
        return writes.sorted { $0.target.name < $1.target.name }
    }

    /// Why nothing can be shown, or nil.
    public func complaint(_ objects: ObjectSet) -> String? {
        guard source.addresses(in: objects) == nil, case .service(let name) = source else { return nil }
        guard objects.services[name] != nil else { return "--publish-service: Service \(name) does not exist, or is not watched" }
        return "--publish-service: Service \(name) has no address yet"
    }
}
