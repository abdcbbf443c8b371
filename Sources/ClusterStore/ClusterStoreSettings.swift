public import Core
public import HashTreeCollections
public import KubernetesAPI
public import KubernetesClient

/// What a ``ClusterStore`` follows and where.
public struct ClusterStoreSettings: Sendable {
    /// What the process does, which decides what it needs to see.
    public enum Role: Hashable, Sendable {
        /// It serves and issues.
        case all
        /// It only issues: no EndpointSlices.
        case controller
        /// It only serves: no issuers, and of our own Secrets only certificates and http-01 tokens, never accounts or orders.
        case proxy
    }

    /// Which Secrets are asked for. docs/kubernetes.md, "Which Secrets are read".
    public enum SecretsScope: String, Hashable, Sendable, CaseIterable {
        /// Those that served Ingresses and issuers name, and our own.
        case referenced
        /// Those of the namespaces that have a served Ingress or an issuer with a Secret.
        case namespace
        /// Those of every namespace, or of every one in ``ClusterStoreSettings/namespaces``.
        case cluster
    }

    /// Where issuers come from.
    public enum IssuerSource: Sendable {
        /// From cert-manager's custom resources, as soon as they are installed.
        case customResources
        /// These and no others.
        case given([Issuer])
    }

    /// See ``Role``.
    public var role = Role.all
    /// The only namespaces to look at; empty means all. Objects that live in no namespace are then not asked for either, since a Role
    /// cannot allow it: IngressClasses and ClusterIssuers.
    public var namespaces: [String] = []
    /// See ``SecretsScope``.
    public var secretsScope = SecretsScope.referenced
    /// See ``IssuerSource``.
    public var issuers = IssuerSource.customResources
    /// Whether Certificates (cert-manager.io/v1) are followed, once they are installed.
    public var followsCertificates = false
    /// Whether the ConfigMaps with policies (by the label ``KubernetesAPI/OwnLabels/policies``) in ``resourceNamespace`` are followed, and in no
    /// other namespace: who may write there is trusted with the account keys anyway.
    public var followsPolicies = false
    /// Whether Namespaces are followed, whose labels policies may ask for. Never with ``namespaces``, since a Role cannot allow it.
    public var followsNamespaces = false
    /// Where the Secrets of ClusterIssuers, the http-01 tokens and policies are.
    public var resourceNamespace = "certctl-system"
    /// Secrets to read besides, such as a default certificate.
    public var furtherSecrets: Set<NamespacedName> = []
    /// Whether every write fails with `readOnly`.
    public var isReadOnly = false
    /// How patient the reflectors are.
    public var timing = ReflectorTiming()
    /// How often is looked whether cert-manager's custom resources have come or gone.
    public var discoveryInterval = Duration.seconds(45)
    /// Whether an Ingress is ours: only its Secrets are read. The IngressClasses are all that are known.
    public var serves: @Sendable (Ingress, TreeDictionary<NamespacedName, IngressClass>) -> Bool

    /// The standard: everything in all namespaces.
    public init(serves: @escaping @Sendable (Ingress, TreeDictionary<NamespacedName, IngressClass>) -> Bool) { self.serves = serves }
}
