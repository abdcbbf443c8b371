extension Kubeconfig {
    /// What a context means.
    ///
    /// - Parameter context: `--context`; nil for the current one.
    /// - Throws: with the context's, cluster's or user's name when it is not there, or is not usable.
    public func configuration(context: String? = nil) throws(ClusterConfigurationError) -> ClusterConfiguration {
        let read = files.joined(separator: ":")
        guard let name = context ?? currentContext else {
            throw ClusterConfigurationError("kubeconfig \(read)", "there is no current-context; " + choices("context", contextNames))
        }
        guard let chosen = contexts[name] else {
            throw ClusterConfigurationError("kubeconfig \(read)", "there is no context \"\(name)\"; " + choices("context", contextNames))
        }
        guard let clusterName = chosen.cluster else {
            throw ClusterConfigurationError(chosen.place, "the context \"\(name)\" names no cluster")
        }
        guard let cluster = clusters[clusterName] else {
            throw ClusterConfigurationError(
                chosen.place, "there is no cluster \"\(clusterName)\"; " + choices("cluster", clusters.keys.sorted()))
        }
        guard let server = cluster.server else { throw ClusterConfigurationError(cluster.place, "the cluster has no server") }
        return ClusterConfiguration(
            server: server, certificateAuthority: cluster.certificateAuthority, insecureSkipTLSVerify: cluster.insecureSkipTLSVerify,
            tlsServerName: cluster.tlsServerName, proxyURL: cluster.proxyURL, credentials: try credentials(of: chosen, cluster),
            namespace: chosen.namespace ?? "default")
    }

    private func credentials(of context: Context, _ cluster: Cluster) throws(ClusterConfigurationError) -> Credentials {
        guard let name = context.user else { return Credentials() }
        guard let user = users[name] else {
            throw ClusterConfigurationError(context.place, "there is no user \"\(name)\"; " + choices("user", users.keys.sorted()))
        }
        var credentials = user.credentials
        if credentials.exec?.cluster != nil { credentials.exec?.cluster = ExecPlugin.Cluster(configJSON: cluster.execConfigJSON) }
        return credentials
    }

    private func choices(_ what: String, _ names: [String]) -> String {
        names.isEmpty ? "the file has no \(what)" : "there are: " + names.joined(separator: ", ").oneLine
    }
}
