/// What a solver may use beside its own settings and Secrets, by whose it is.
public struct SolverPermission: Hashable, Sendable {
    /// Whether it may start programs.
    public var exec: ExecPermission
    /// Whether it may use the credentials that this process finds in its environment. Whoever may write an Issuer could change the zones of
    /// the operator otherwise, so only ClusterIssuers may, as in cert-manager, unless the operator says more.
    public var usesAmbientCredentials: Bool
    /// Where its ServiceAccounts are: the issuer's namespace, or that for cluster resources.
    public var namespace: String

    /// Makes a permission.
    public init(exec: ExecPermission, usesAmbientCredentials: Bool = false, namespace: String = "") {
        self.exec = exec
        self.usesAmbientCredentials = usesAmbientCredentials
        self.namespace = namespace
    }
}

/// Asks the cluster for a token of a ServiceAccount in a namespace, for these audiences (TokenRequest).
public typealias ServiceAccountTokens = @Sendable (_ namespace: String, _ name: String, _ audiences: [String]) async throws -> [UInt8]
