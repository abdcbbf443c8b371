internal import Admin
internal import ClusterStore
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesClient
internal import Logging
internal import Routing
internal import Store

/// A cluster, looked at with nothing but the rights to get, list and watch.
actor ClusterStatus: StatusSource {
    private let client: APIClient
    private let store: ClusterStore
    private let scope: ServingScope
    /// What the cluster has, once all of it was listed.
    private var latest: StoreUpdate?
    private var following: Task<Void, Never>?

    /// - Parameter namespace: the only one to look at; nil for all. Then nothing is asked for that lives in no namespace, or in another one.
    init(_ cluster: ClusterAccessOptions, _ serving: ServingOptions, namespace: String?) throws {
        scope = ServingScope(serving, namespaces: namespace.map { [$0] } ?? [])
        client = try cluster.client()
        var settings = ClusterStoreSettings(serves: { [scope] in scope.ingressClasses.serves($0, classes: $1) })
        settings.namespaces = namespace.map { [$0] } ?? []
        settings.followsCertificates = scope.followsCertificates
        settings.resourceNamespace = namespace ?? scope.issuance.clusterResourceNamespace
        settings.followsPolicies = namespace == nil
        settings.followsNamespaces = namespace == nil
        settings.isReadOnly = true
        store = ClusterStore(settings, client: client, logger: Logger(label: "store") { _ in SwiftLogNoOpLogHandler() })
    }

    func report() async throws -> StatusReport { try await stored().report() }

    func host(_ name: String) async throws -> HostReport {
        try await stored().host(name) { await ClusterEvents(client: client).events(about: $0) }
    }

    func close() async {
        following?.cancel()
        await store.shutdown()
        await client.shutdown()
    }

    private func stored() async throws -> StoredStatus {
        if following == nil { following = Task { await follow() } }
        let deadline = ContinuousClock.now + ClusterStatus.patience
        var refusedSince: ContinuousClock.Instant?
        while latest == nil {
            // A right that is missing does not come by waiting. Whether the store can do without it shows once nothing is listed any more.
            let health = await store.health()
            let isSettled = health.reflectors.allSatisfy { $0.isSynced || $0.trouble != nil }
            let isRefused = health.troubled.contains { [.forbidden, .unauthorized, .configuration].contains($0.trouble?.code) }
            refusedSince = isSettled && isRefused ? refusedSince ?? .now : nil
            let end = refusedSince.map { min($0 + ClusterStatus.refusalPatience, deadline) } ?? deadline
            guard ContinuousClock.now < end else { throw ClusterStatus.failure(health) }
            try await Task.sleep(for: ClusterStatus.pause)
        }
        guard let latest else { throw CommandFailure("the cluster has not answered") }
        return try StoredStatus(update: latest, scope: scope, now: Date())
    }

    private func follow() async {
        for await update in store.updates() { latest = latest.map { $0.merged(with: update) } ?? update }
    }

    private static func failure(_ health: ClusterHealth) -> CommandFailure {
        let reasons = health.troubled.compactMap(\.trouble?.description).sorted().prefix(reasonsMax)
        guard !reasons.isEmpty else {
            return CommandFailure("the cluster has not listed \(health.waitingFor.joined(separator: ", ")) within \(patience)")
        }
        return CommandFailure(
            "the cluster cannot be read: \(reasons.joined(separator: "; ")). It takes the rights to get, list and watch Ingresses, "
                + "IngressClasses, Services, EndpointSlices and Secrets, in one namespace with -n; or ask a running server with --server")
    }

    /// Until everything was listed once. A person is waiting.
    private static let patience = Duration.seconds(20)
    /// From the first refusal on.
    private static let refusalPatience = Duration.seconds(2)
    private static let pause = Duration.milliseconds(20)
    /// As many as are read.
    private static let reasonsMax = 3
}
