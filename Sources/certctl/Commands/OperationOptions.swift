internal import ArgumentParser
internal import Core
internal import KubernetesClient

/// Where an operation is done: by a running server, in a cluster, or in this process over a state folder.
struct OperationOptions: ParsableArguments {
    /// How the answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(name: [.short, .long], help: "text or json.")
    var output = Output.text

    @OptionGroup var cluster: ClusterAccessOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions
    @OptionGroup var serving: ServingOptions

    func validate() throws {
        if cluster.isGiven, server.server != nil || folders.isGiven || server.token.adminTokenFile != nil {
            throw ValidationError("--kubeconfig and --context exclude --server, --admin-token-file, --state and --manifests")
        }
    }

    /// The cluster whose leader is asked through its API server: the one that flags name, or the one that this process is a Pod of, unless
    /// flags name something else. Nil for none.
    func clusterConfiguration() throws -> ClusterConfiguration? {
        server.server == nil && !folders.isGiven ? try cluster.configuration() : nil
    }

    /// Who does it.
    ///
    /// - Parameters:
    ///   - only: the certificates that may be worked on in this process; nil for all.
    ///   - ordering: how this process meets challenges; nil when it orders nothing.
    func operations(only: Set<NamespacedName>? = [], ordering: ProcessOperations.Ordering? = nil) async throws -> any Operations {
        if let configuration = try clusterConfiguration() {
            return ClusterOperations(configuration, namespace: serving.clusterResourceNamespace)
        }
        let remote = ServerOperations(server: server.server, folders: folders, token: try server.token.token())
        if try await remote.isRunning() { return remote }
        return try await ProcessOperations(folders, serving, only: only, ordering: ordering)
    }
}
