internal import Admin
public import ArgumentParser
public import Core
internal import Issuance
internal import Logging
public import Telemetry

/// The flags of `certctl serve`.
struct ServeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of Kubernetes manifests, sub-folders included.", valueName: "dir"))
    var manifests: String?

    @Option(help: ArgumentHelp("Folder for certificates, accounts and orders; made with mode 0700.", valueName: "dir"))
    var state: String?

    @OptionGroup(title: "Cluster options") var cluster: ClusterOptions

    @Option(help: ArgumentHelp("What to do: all, only issue (controller), or only serve the traffic (proxy).", valueName: "role"))
    var role = Role.all

    @Option(
        help: ArgumentHelp(
            "Where plain HTTP is served: challenges, redirects, hosts without TLS (default: port 8080 of 127.0.0.1, in a Pod of every address).",
            valueName: "addr:port"))
    var http: ListenAddress?

    @Option(help: ArgumentHelp("Where HTTPS is served (default: likewise, port 8443).", valueName: "addr:port"))
    var https: ListenAddress?

    @Option(
        help: ArgumentHelp("Where health, readiness and the status API are served (default: likewise, port 9402).", valueName: "addr:port"))
    var admin: ListenAddress?

    @OptionGroup var adminToken: AdminTokenOptions

    @Option(
        help: ArgumentHelp(
            "Headless Service of the admin APIs of all replicas: each is asked what it serves, and what differs from what is stored is told.",
            valueName: "ns/name"))
    var replicasService: NamespacedName?

    @Option(
        help: ArgumentHelp(
            "Secret whose \"token\" the admin API asks for, in place of --admin-token-file; read again when it changes.",
            valueName: "ns/name"))
    var adminTokenSecret: NamespacedName?

    @OptionGroup var serving: ServingOptions

    @OptionGroup(title: "Issuance options") var issuance: IssuanceOptions

    @Option(name: .customLong("namespace"), help: ArgumentHelp("Serve only this namespace; may be repeated.", valueName: "ns"))
    var namespaces: [String] = []

    @Option(help: ArgumentHelp("TLS profile: a TLSPolicy by name, shipped (modern, intermediate) or from --policies.", valueName: "name"))
    var tlsProfile = "intermediate"

    @Option(help: ArgumentHelp("Folder of policies; adds to the shipped ones.", valueName: "dir"))
    var policies: String?

    @Option(help: ArgumentHelp("Port that clients reach HTTPS under, for redirects.", valueName: "port"))
    var publicHttpsPort: UInt16?

    @Option(help: ArgumentHelp("Largest request body in bytes; 0 for no limit.", valueName: "bytes"))
    var bodyBytesMax: UInt64 = 1 << 20

    @Option(help: ArgumentHelp("Event loops; default: one for each core.", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("How long to wait for requests in progress at SIGTERM.", valueName: "seconds"))
    var drainSeconds = 30

    @Flag(help: "Write a line for each request to standard output.")
    var accessLog = false

    @Flag(
        name: .customLong("request-metrics"), inversion: .prefixedNo,
        help: "Count requests for each rule of each Ingress; /metrics then has them under ingress-nginx's names.")
    var requestMetrics = true

    @Option(
        help: ArgumentHelp(
            "Series that /metrics has at most. What is beyond is left out, requests by rule first, and counted.", valueName: "n"))
    var metricsSeriesMax = 200_000

    @Option(help: "text or json.")
    var logFormat = LogFormat.text

    @Option(
        help: ArgumentHelp(
            "Least severe lines of the log, also by subsystem: info,acme=debug,proxy=warning. Levels are trace, debug, info, notice, "
                + "warning, error, critical; `certctl log-level` shows the subsystems, and changes levels of a running server.",
            valueName: "levels"),
        transform: { try LogLevelSetting($0) })
    var logLevel = LogLevelSetting(base: .info)

    @OptionGroup(title: "Trace options") var traces: TraceOptions

    /// The scope's settings, with what only a server needs to know.
    var issuanceSettings: IssuanceSettings {
        var settings = scope.issuance
        settings.checksCAA = !issuance.skipCaa
        settings.startsPrograms = issuance.allowsExecDNS
        settings.issuersUseAmbientCredentials = issuance.issuerAmbientCredentials
        settings.namespacedIssuersStartPrograms = manifests != nil
        return settings
    }

    var scope: ServingScope {
        var scope = ServingScope(serving, namespaces: namespaces, policies: policies)
        scope.issuance.impliesNamespaces = manifests != nil
        return scope
    }

    func validate() throws {
        if (manifests == nil) != (state == nil) {
            throw ValidationError("--manifests and --state go together: one folder is read, the other is written")
        }
        if manifests != nil, cluster.isGiven { throw ValidationError("--manifests and --kubeconfig exclude each other") }
        if adminToken.adminTokenFile != nil, adminTokenSecret != nil {
            throw ValidationError("--admin-token-file and --admin-token-secret exclude each other")
        }
        if let threads, !(1...ServeOptions.threadsMax).contains(threads) {
            throw ValidationError("--threads is \(threads); allowed are 1 to \(ServeOptions.threadsMax)")
        }
        if !ServeOptions.metricsSeriesBounds.contains(metricsSeriesMax) {
            throw ValidationError(
                "--metrics-series-max is \(metricsSeriesMax); allowed are \(ServeOptions.metricsSeriesBounds.lowerBound) to "
                    + "\(ServeOptions.metricsSeriesBounds.upperBound)")
        }
        if !(0...3600).contains(drainSeconds) {
            throw ValidationError("--drain-seconds is \(drainSeconds); allowed are 0 to 3600")
        }
    }

    /// Far beyond any machine's cores; each loop costs listeners and upstream connections of its own.
    private static let threadsMax = 512
    /// Fewer do not hold what tells how the process is; a page of more has hundreds of megabytes.
    private static let metricsSeriesBounds = 1000...2_000_000
}

extension ListenAddress: ExpressibleByArgument {
    /// Reads `ADDR:PORT`.
    public init?(argument: String) { self.init(argument) }
    /// What `--help` shows as the default.
    public var defaultValueDescription: String { description }
}

extension LogFormat: ExpressibleByArgument {}
