public import CALimits
public import Core

/// What the command line decides about issuance.
public struct IssuanceSettings: Sendable, Hashable {
    /// `--default-issuer`: who issues for an Ingress that names nobody.
    public var defaultIssuer: IssuerName?
    /// Where the Secrets of ClusterIssuers (account keys, CA key pairs, EAB keys) and the challenge tokens of all issuers live.
    /// cert-manager's `--cluster-resource-namespace`.
    public var clusterResourceNamespace: String
    /// Whether a namespace without a Namespace object is one without labels: a folder of manifests rarely has the objects. In a cluster
    /// its labels are then not known.
    public var impliesNamespaces: Bool
    /// Whether CAA records are looked up before a CA is asked. RFC 8659.
    public var checksCAA = true
    /// Whether namespaced Issuers may name programs (`dns01.exec`): only where whoever writes them owns this machine anyway.
    public var namespacedIssuersStartPrograms = false
    /// Whether dns01 solvers may start programs at all (`--allow-exec-dns`).
    public var startsPrograms = false
    /// Whether solvers of namespaced issuers may use the credentials in the environment of this process, as those of ClusterIssuers may.
    public var issuersUseAmbientCredentials = false
    /// Whether somebody listens for TLS, and so answers tls-alpn-01: a server does, a command that does one thing in its place only if told to.
    public var answersTLSALPN01 = true
    /// The Secrets that may be worked on; nil for all. For a command that does one thing in the place of a server.
    public var only: Set<NamespacedName>?

    /// What the CAs allow.
    public var caLimits: CALimitsSet

    /// Makes settings.
    public init(
        defaultIssuer: IssuerName? = nil, clusterResourceNamespace: String = "certctl-system", impliesNamespaces: Bool = false,
        caLimits: CALimitsSet = IssuanceSettings.shippedLimits
    ) {
        self.defaultIssuer = defaultIssuer
        self.clusterResourceNamespace = clusterResourceNamespace
        self.impliesNamespaces = impliesNamespaces
        self.caLimits = caLimits
    }

    /// The limits that come with the program.
    public static let shippedLimits: CALimitsSet = {
        do { return try CALimitsSet.shipped() } catch { preconditionFailure("a shipped document is wrong: \(error)") }
    }()

    /// The namespace that holds the Secrets of an issuer.
    func resourceNamespace(of issuer: NamespacedName) -> String {
        issuer.namespace.isEmpty ? clusterResourceNamespace : issuer.namespace
    }
}
