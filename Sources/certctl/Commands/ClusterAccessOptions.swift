internal import ArgumentParser
internal import FoundationEssentials
internal import KubernetesClient
internal import Logging

/// The cluster that a command is about.
struct ClusterAccessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Ask the cluster of this kubeconfig, through its API server.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("Context of the kubeconfig (default: its current one).", valueName: "name"))
    var context: String?

    var isGiven: Bool { kubeconfig != nil || context != nil }

    /// What the flags say; without any the cluster that this process runs in as a Pod, and nil elsewhere.
    func configuration(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClusterConfiguration? {
        if isGiven {
            return try Kubeconfig.load(explicitPath: kubeconfig, environment: environment).configuration(context: context)
        }
        return ClusterConfiguration.isInCluster(environment: environment) ? try .inCluster(environment: environment) : nil
    }

    /// A client of the cluster; the caller shuts it down. Trouble is left to the answers to tell.
    func client() throws -> APIClient {
        guard let configuration = try configuration() else { throw ValidationError("name a cluster with --kubeconfig or --context") }
        return APIClient(configuration, logger: Logger(label: "kubernetes") { _ in SwiftLogNoOpLogHandler() })
    }
}
