internal import ArgumentParser
internal import Core
internal import Glibc

/// `certctl serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Watch Ingresses, issue and renew certificates, and serve the traffic.",
        discussion: """
            Reads Ingress, IngressClass, Service, EndpointSlice, Secret, Issuer and ClusterIssuer objects and follows every change: from a \
            folder of manifests, from the cluster of a kubeconfig, or, in a Pod, from the cluster that it runs in. Of several replicas in a \
            cluster one issues; all serve. Stops on SIGTERM or SIGINT once the requests in progress have ended.

            EXAMPLES
              certctl serve --manifests examples/laptop --state /tmp/certctl
              certctl serve --manifests /etc/certctl --state /var/lib/certctl --http :80 --https :443
              certctl serve --kubeconfig ~/.kube/config --context test --issuers issuers.yaml
              certctl serve --role proxy
              certctl serve --ingress-class nginx --controller-name k8s.io/ingress-nginx --default-issuer letsencrypt
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let log = ProcessLog.start(options.logFormat, options.logLevel)
        ProcessLimits.raiseOpenFiles()
        try await Service(options: options, log: log).run()
    }
}

/// What the kernel allows this process.
enum ProcessLimits {
    /// Raises the soft limit of open files to the hard one: a proxy needs two for each request in progress. What cannot be raised is
    /// met by pausing to accept.
    static func raiseOpenFiles() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
