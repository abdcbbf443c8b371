/// `networking.k8s.io/v1` IngressClass.
public struct IngressClass: Hashable, Sendable {
    /// Identity, labels and annotations; the namespace is empty.
    public var metadata: ObjectMeta
    /// `spec.controller`, such as `certctl.dev/ingress`.
    public var controller: String

    /// Makes a class from its parts.
    public init(metadata: ObjectMeta, controller: String) {
        self.metadata = metadata
        self.controller = controller
    }

    /// Whether the annotation `ingressclass.kubernetes.io/is-default-class` is `true`.
    public var isDefault: Bool { metadata.annotations["ingressclass.kubernetes.io/is-default-class"] == "true" }
}
