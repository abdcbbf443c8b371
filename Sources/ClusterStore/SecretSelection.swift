internal import Core
internal import KubernetesAPI
internal import KubernetesClient

/// What one watch of Secrets is about.
enum SecretSelection: Hashable, Sendable {
    /// One Secret.
    case name(NamespacedName)
    /// Those of a namespace.
    case namespace(String)
    /// Those of every namespace.
    case cluster
    /// Our own, in a namespace or everywhere.
    case own(namespace: String?)
    /// The challenges that are answered.
    case tokens(namespace: String)

    /// Secrets of these types hold no certificate, some of them are large (Helm keeps its releases there), and none is ours. A Secret
    /// of such a type that an Ingress names counts as missing, and an attempt to issue finds it and leaves it alone.
    static let uselessTypes = [
        "helm.sh/release.v1", "kubernetes.io/service-account-token", "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg",
        "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth", "bootstrap.kubernetes.io/token",
    ]

    private static let usefulTypes = uselessTypes.map { "type!=\($0)" }.joined(separator: ",")
    private static let ownSelector = "\(OwnLabels.managedBy)=\(OwnLabels.certctl)"

    private static let challengeRoles = SecretRole.challenges.map(\.rawValue).sorted().joined(separator: ",")

    var collection: Collection {
        switch self {
        case .name(let name): Collection(.secrets, namespace: name.namespace, fieldSelector: "metadata.name=\(name.name)")
        case .namespace(let namespace): Collection(.secrets, namespace: namespace, fieldSelector: Self.usefulTypes)
        case .cluster: Collection(.secrets, fieldSelector: Self.usefulTypes)
        case .own(let namespace): Collection(.secrets, namespace: namespace, labelSelector: Self.ownSelector)
        case .tokens(let namespace):
            Collection(.secrets, namespace: namespace, labelSelector: "\(Self.ownSelector),\(OwnLabels.role) in (\(Self.challengeRoles))")
        }
    }

    /// Whether the watch tells of many Secrets of which only some are kept.
    var isBroad: Bool {
        switch self {
        case .namespace, .cluster: true
        case .name, .own, .tokens: false
        }
    }

    /// Whether the watch tells of a Secret with this name, labels and type.
    func covers(_ secret: Secret) -> Bool {
        let metadata = secret.metadata
        switch self {
        case .name(let name): return name == metadata.id
        case .namespace(let namespace): return namespace == metadata.namespace && !Self.uselessTypes.contains(secret.type)
        case .cluster: return !Self.uselessTypes.contains(secret.type)
        case .own(let namespace): return OwnLabels.isOurs(metadata.labels) && (namespace ?? metadata.namespace) == metadata.namespace
        case .tokens(let namespace): return SecretRole(labels: metadata.labels)?.isChallenge == true && namespace == metadata.namespace
        }
    }

    /// Whether the watch is meant to tell of the Secrets with this name that Ingresses and issuers name.
    func covers(_ name: NamespacedName) -> Bool {
        switch self {
        case .name(let own): own == name
        case .namespace(let namespace): namespace == name.namespace
        case .cluster: true
        case .own, .tokens: false
        }
    }
}
