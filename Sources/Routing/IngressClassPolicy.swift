public import Core
internal import FoundationEssentials
public import HashTreeCollections
public import KubernetesAPI

/// Which Ingresses are ours. Shared by routing, certificates and issuance, so that none of them can serve what another ignores.
public struct IngressClassPolicy: Hashable, Sendable {
    /// `spec.controller` of the IngressClasses that we implement.
    public let controllerName: String
    /// The class name that counts as ours without an IngressClass object: in the legacy annotation, and in
    /// `spec.ingressClassName` while no IngressClass of that name exists (a folder needs none). nil: only objects count.
    public let className: String?
    /// Whether an Ingress without any class is ours while no IngressClass is the cluster's default.
    public let watchWithoutClass: Bool
    /// The only namespaces whose Ingresses are ours; empty means all.
    public let namespaces: Set<String>

    /// The annotation that came before `spec.ingressClassName`.
    public static let legacyAnnotation = "kubernetes.io/ingress.class"

    /// Makes a policy; the defaults are the product's own names.
    public init(
        controllerName: String = "certctl.dev/ingress", className: String? = "certctl", watchWithoutClass: Bool = false,
        namespaces: Set<String> = []
    ) {
        self.controllerName = controllerName
        self.className = className
        self.watchWithoutClass = watchWithoutClass
        self.namespaces = namespaces
    }

    /// Whether the Ingress is ours. Kubernetes API, `IngressSpec.ingressClassName`: the legacy annotation takes precedence over the
    /// field; without either, the default IngressClass decides, as admission would have (of several, the newest, then by name).
    ///
    /// - Parameter classes: every IngressClass, by name; the namespace of the key is empty.
    public func serves(_ ingress: Ingress, classes: TreeDictionary<NamespacedName, IngressClass>) -> Bool {
        guard namespaces.isEmpty || namespaces.contains(ingress.metadata.namespace) else { return false }
        if let name = ingress.metadata.annotations[IngressClassPolicy.legacyAnnotation] {
            return name == className || isOurs(name, in: classes) == true
        }
        if let name = ingress.spec.ingressClassName {
            return isOurs(name, in: classes) ?? (name == className)
        }
        if let byDefault = IngressClassPolicy.defaultClass(in: classes) { return byDefault.controller == controllerName }
        return watchWithoutClass
    }

    /// - Returns: nil when there is no IngressClass of this name.
    private func isOurs(_ name: String, in classes: TreeDictionary<NamespacedName, IngressClass>) -> Bool? {
        classes[NamespacedName(namespace: "", name: name)].map { $0.controller == controllerName }
    }

    /// The IngressClass object that an Ingress belongs to, by the same rules as ``serves(_:classes:)``; nil when there is none.
    package func ingressClass(of ingress: Ingress, classes: TreeDictionary<NamespacedName, IngressClass>) -> IngressClass? {
        guard let name = ingress.metadata.annotations[IngressClassPolicy.legacyAnnotation] ?? ingress.spec.ingressClassName else {
            return IngressClassPolicy.defaultClass(in: classes)
        }
        return classes[NamespacedName(namespace: "", name: name)]
    }

    private static func defaultClass(in classes: TreeDictionary<NamespacedName, IngressClass>) -> IngressClass? {
        classes.values.lazy.filter(\.isDefault).min { left, right in
            let (leftAge, rightAge) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
            if leftAge != rightAge { return (leftAge ?? .distantPast) > (rightAge ?? .distantPast) }
            return left.metadata.name < right.metadata.name
        }
    }
}
