internal import Core

/// What the command line decides about issuance.
public struct IssuanceSettings: Sendable, Hashable {
    /// `--default-issuer`: who issues for an Ingress that names nobody.
    public var defaultIssuer: IssuerName?
    /// Where the Secrets of ClusterIssuers (account keys, CA key pairs, EAB keys) and the challenge tokens of all issuers live.
    /// cert-manager's `--cluster-resource-namespace`.
    public var clusterResourceNamespace: String

    /// Makes settings.
    public init(defaultIssuer: IssuerName? = nil, clusterResourceNamespace: String = "certctl-system") {
        self.defaultIssuer = defaultIssuer
        self.clusterResourceNamespace = clusterResourceNamespace
    }

    /// The namespace that holds the Secrets of an issuer.
    func resourceNamespace(of issuer: NamespacedName) -> String {
        issuer.namespace.isEmpty ? clusterResourceNamespace : issuer.namespace
    }
}
