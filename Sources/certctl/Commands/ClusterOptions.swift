public import ArgumentParser
internal import ClusterReporting
internal import ClusterStore
public import Core

/// The flags of `certctl serve` that have a meaning in a cluster only.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Use the cluster of this kubeconfig. Without it: the one that the process runs in.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("Context of the kubeconfig (default: its current one).", valueName: "name"))
    var context: String?

    @Option(
        help: ArgumentHelp(
            "Which Secrets are watched: those that Ingresses and issuers name, all of the namespaces with served Ingresses, or all.",
            valueName: "referenced|namespace|cluster"))
    var secretsScope = ClusterStoreSettings.SecretsScope.referenced

    @Option(help: ArgumentHelp("Service whose addresses are written to the status of Ingresses.", valueName: "ns/name"))
    var publishService: NamespacedName?

    @Option(help: ArgumentHelp("Address written to the status of Ingresses; may be repeated.", valueName: "addr"))
    var publishStatusAddress: [String] = []

    @Option(help: ArgumentHelp("File or folder of Issuers and ClusterIssuers, in place of those in the cluster.", valueName: "path"))
    var issuers: String?

    @Flag(help: "Write the Ready condition and the account of issuers that no other controller owns.")
    var issuerStatus = false

    @Option(help: ArgumentHelp("Lease that decides which replica issues.", valueName: "ns/name"))
    var leaderElectLease: NamespacedName?

    var isGiven: Bool { kubeconfig != nil || context != nil }

    /// Where the addresses in the status of Ingresses come from; nil leaves them alone.
    var statusSource: IngressStatusSource? {
        publishService.map { .service($0) } ?? (publishStatusAddress.isEmpty ? nil : .addresses(publishStatusAddress))
    }

    func validate() throws {
        if publishService != nil, !publishStatusAddress.isEmpty {
            throw ValidationError("--publish-service and --publish-status-address exclude each other")
        }
        for address in publishStatusAddress where IPAddressText.canonical(address) == nil && (try? DNSName(parsing: address)) == nil {
            throw ValidationError("--publish-status-address is \(address); allowed are an IP address or a host name")
        }
    }
}

extension NamespacedName: ExpressibleByArgument {
    /// Reads `NAMESPACE/NAME`.
    public init?(argument: String) { self.init(argument) }
}

extension ClusterStoreSettings.SecretsScope: ExpressibleByArgument {}
