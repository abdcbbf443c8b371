/// Where an API server is, how it is trusted and who we are to it. From ``Kubeconfig`` or ``inCluster(folder:environment:)``.
public struct ClusterConfiguration: Sendable {
    /// An http or https URL without a slash at its end; it may have a path, as clusters behind Rancher have.
    public var server: String
    /// Roots that the server's certificate is checked against, PEM; nil for the system's.
    public var certificateAuthority: FileOrData?
    /// Accepts any certificate. Only where the kubeconfig asks for exactly that.
    public var insecureSkipTLSVerify: Bool
    /// The name that the server's certificate must have, and that is sent as SNI, instead of the host in ``server``.
    public var tlsServerName: String?
    /// An http or https proxy for every request; nil for what the environment says.
    public var proxyURL: String?
    /// Who we are.
    public var credentials: Credentials
    /// The namespace of the context or the Pod; `default` when it names none.
    public var namespace: String

    /// Makes a configuration from parts.
    public init(
        server: String, certificateAuthority: FileOrData? = nil, insecureSkipTLSVerify: Bool = false, tlsServerName: String? = nil,
        proxyURL: String? = nil, credentials: Credentials = Credentials(), namespace: String = "default"
    ) {
        self.server = server
        self.certificateAuthority = certificateAuthority
        self.insecureSkipTLSVerify = insecureSkipTLSVerify
        self.tlsServerName = tlsServerName
        self.proxyURL = proxyURL
        self.credentials = credentials
        self.namespace = namespace
    }
}
