/// `networking.k8s.io/v1` IngressClass.
public struct IngressClass: Hashable, Sendable {
    /// Identity, labels and annotations; the namespace is empty.
    public var metadata: ObjectMeta
    /// `spec.controller`, such as `certctl.dev/ingress`.
    public var controller: String
    /// `spec.parameters`: an object with what the controller wants to know.
    public var parameters: Parameters?

    /// Which object it is.
    public struct Parameters: Hashable, Sendable {
        /// `apiGroup`; nil is the core group.
        public var apiGroup: String?
        /// `kind`.
        public var kind: String
        /// `name`.
        public var name: String

        /// Makes a reference from its parts.
        public init(apiGroup: String?, kind: String, name: String) {
            self.apiGroup = apiGroup
            self.kind = kind
            self.name = name
        }
    }

    /// Makes a class from its parts.
    public init(metadata: ObjectMeta, controller: String, parameters: Parameters? = nil) {
        self.metadata = metadata
        self.controller = controller
        self.parameters = parameters
    }

    /// Whether the annotation `ingressclass.kubernetes.io/is-default-class` is `true`.
    public var isDefault: Bool { metadata.annotations["ingressclass.kubernetes.io/is-default-class"] == "true" }
}
