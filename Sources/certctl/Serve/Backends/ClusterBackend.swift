internal import Admin
internal import ClusterReporting
internal import ClusterStore
internal import Core
internal import DNSProviders
internal import Issuance
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Routing
internal import Store
internal import Telemetry

/// A cluster: everything is in its API. Of several replicas the holder of the Lease issues.
struct ClusterBackend: Backend {
    private let client: APIClient
    private let cluster: ClusterStore
    /// Nil in a proxy.
    private let elector: LeaseElector?
    private let recorder: EventRecorder
    private let reporting: ClusterReporter.Settings
    private let resourceNamespace: String

    var store: any Store { cluster }
    var leadership: any Leadership { elector ?? NeverLeader() }
    let lease: NamespacedName?
    var leader: String? { elector?.holder }
    var isShared: Bool { true }
    var serviceAccountTokens: ServiceAccountTokens? {
        { [client] in try await ServiceAccountTokenRequest(namespace: $0, name: $1, audiences: $2).token(by: client) }
    }
    var rights: (any RightsReview)? { ClusterRights(client: client, resourceNamespace: resourceNamespace) }

    init(_ options: ServeOptions, _ configuration: ClusterConfiguration) throws {
        let scope = options.scope
        client = APIClient(configuration, logger: Logger(.kubernetes))
        resourceNamespace = scope.issuance.clusterResourceNamespace
        var settings = ClusterStoreSettings(serves: { scope.ingressClasses.serves($0, classes: $1) })
        settings.role = ClusterStoreSettings.Role(options.role)
        settings.namespaces = options.namespaces
        settings.secretsScope = options.cluster.secretsScope
        settings.followsCertificates = scope.followsCertificates
        settings.resourceNamespace = scope.issuance.clusterResourceNamespace
        settings.followsPolicies = true
        settings.followsNamespaces = options.role.issues
        settings.isReadOnly = !options.role.issues
        if let path = options.cluster.issuers { settings.issuers = .given(try IssuerFiles.issuers(at: path)) }
        cluster = ClusterStore(settings, client: client, logger: Logger(.store))
        let lease =
            options.cluster.leaderElectLease ?? NamespacedName(namespace: settings.resourceNamespace, name: ClusterBackend.leaseName)
        self.lease = lease
        elector = options.role.issues ? LeaseElector(client: client, lease: lease, logger: Logger(.election)) : nil
        recorder = EventRecorder(client: client, instance: elector?.identity ?? "", logger: Logger(.reporting))
        reporting = ClusterReporter.Settings(
            ingressStatus: options.cluster.statusSource.map { IngressStatusPlanner(source: $0, ingressClasses: scope.ingressClasses) },
            writesIssuerStatus: options.cluster.issuerStatus, writesCertificateStatus: scope.followsCertificates)
    }

    func opened(admin: ListenAddress) async throws {}

    func reporter(of issuance: IssuanceController) -> ClusterReporter? {
        guard let elector else { return nil }
        return ClusterReporter(
            client: client, recorder: recorder, issuance: issuance, settings: reporting, leadership: elector,
            logger: Logger(.reporting))
    }

    func run(_ reporter: ClusterReporter?) async {
        guard let elector, let reporter else { return }
        await withTaskGroup { group in
            group.addTask { await elector.run() }
            group.addTask { await recorder.run() }
            group.addTask { await reporter.run() }
        }
    }

    func watches() async -> [ServingMetrics.Watch] {
        await cluster.health().reflectors.map {
            ServingMetrics.Watch(subject: $0.subject, isHealthy: $0.isSynced && $0.trouble == nil, lastEvent: $0.lastEvent, lists: $0.lists)
        }
    }

    func waitingFor() async -> [String] { await cluster.health().waitingFor }

    func replicaSlices(of service: NamespacedName) async throws -> [EndpointSlice]? {
        try await ReplicaAddresses.slices(of: service, client)
    }

    func events(about objects: Set<String>) async -> (events: [HostReport.Event], problem: String?) {
        await ClusterEvents(client: client).events(about: objects)
    }

    func shutdown() async {
        await cluster.shutdown()
        await client.shutdown()
    }

    private static let leaseName = "certctl"
}

extension ClusterStoreSettings.Role {
    init(_ role: Role) {
        switch role {
        case .all: self = .all
        case .controller: self = .controller
        case .proxy: self = .proxy
        }
    }
}
