internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// Where the objects of a server are: in folders on this machine, or in a cluster.
enum ObjectSource {
    case folders(manifests: String, state: String)
    case cluster(ClusterConfiguration, isInPod: Bool)

    /// What the flags and, without any, the environment say.
    ///
    /// A kubeconfig counts only when a flag names it or its context: who happens to have `KUBECONFIG` set does not mean to issue certificates
    /// for that cluster.
    init(_ options: ServeOptions, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        if let manifests = options.manifests, let state = options.state {
            self = .folders(manifests: manifests, state: state)
        } else if options.cluster.isGiven {
            let kubeconfig = try Kubeconfig.load(explicitPath: options.cluster.kubeconfig, environment: environment)
            self = .cluster(try kubeconfig.configuration(context: options.cluster.context), isInPod: false)
        } else if ClusterConfiguration.isInCluster(environment: environment) {
            self = .cluster(try ClusterConfiguration.inCluster(environment: environment), isInPod: true)
        } else {
            throw ValidationError(
                "where are the Ingresses? Name folders with --manifests DIR --state DIR, or a cluster with --kubeconfig FILE; in a Pod neither "
                    + "is needed")
        }
    }

    /// Makes the store.
    func open(_ options: ServeOptions) throws -> any Backend {
        switch self {
        case .folders(let manifests, let state): try FolderBackend(options, manifests: manifests, state: state)
        case .cluster(let configuration, _): try ClusterBackend(options, configuration)
        }
    }

    /// Where to listen unless a flag says otherwise: in a Pod for everybody, since nobody else reaches it; elsewhere for this machine.
    func address(port: Int) -> ListenAddress {
        if case .cluster(_, isInPod: true) = self {
            ListenAddress(host: "::", port: port)
        } else {
            ListenAddress(host: "127.0.0.1", port: port)
        }
    }
}
