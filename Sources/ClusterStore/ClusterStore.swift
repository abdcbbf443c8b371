public import Core
public import KubernetesAPI
public import KubernetesClient
public import Logging
public import Store

/// Objects in a cluster: what the API server has, followed by list and watch, and what certctl writes there.
///
/// ``updates()`` begins when everything that is needed was listed once; an API server that is down is waited for. From then on nothing
/// that is known is lost by a failure: it stays in force until the API server says otherwise.
public final class ClusterStore: Store {
    private let engine: ClusterEngine
    private let writer: ClusterWriter

    /// Begins to follow the cluster. Returns before anything is known.
    ///
    /// - Parameter health: called, in order, when something becomes ready, gets into trouble, or out of it: for readiness and metrics.
    public init(
        _ settings: ClusterStoreSettings, client: APIClient, time: any TimeSource = SystemTime(), logger: Logger,
        health: @escaping @Sendable (ClusterHealth) -> Void = { _ in }
    ) {
        let engine = ClusterEngine(settings, client: client, time: time, logger: logger, onHealth: health)
        self.engine = engine
        writer = ClusterWriter(client: client, engine: engine, isReadOnly: settings.isReadOnly)
        Task { await engine.start() }
    }

    deinit {
        let engine = engine
        Task { await engine.stop() }
    }

    /// Ends all streams and watches. Writes that were begun end by themselves; the client is the caller's to shut down.
    public func shutdown() async { await engine.stop() }

    /// How it gets on with the API server.
    public func health() async -> ClusterHealth { await engine.health() }

    /// See ``Store/updates()``.
    public func updates() -> AsyncStream<StoreUpdate> { engine.broadcast.stream() }

    /// Creates the Secret, or applies it over ours (server-side apply, field manager `certctl`). See ``Store``.
    @discardableResult
    public func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        return try await writer.put(WrittenObject(secret), dataBytes: secret.dataBytes, condition)
    }

    /// Creates the ConfigMap, or applies it over ours. See ``Store``. Update streams show it only if
    /// ``ClusterStoreSettings/followsPolicies`` is set and it has their label.
    @discardableResult
    public func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String {
        return try await writer.put(WrittenObject(configMap), dataBytes: configMap.dataBytes, condition)
    }

    /// Deletes a Secret of ours. See ``Store``.
    public func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await writer.delete(ObjectKey(kind: .secret, name: name), condition)
    }

    /// Deletes a ConfigMap of ours. See ``Store``.
    public func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await writer.delete(ObjectKey(kind: .configMap, name: name), condition)
    }

    /// Asks the API server for the Secret, with everything in it. See ``Store``.
    public func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? {
        guard case .secret(let secret)? = try await writer.object(ObjectKey(kind: .secret, name: name)) else { return nil }
        return secret
    }

    /// Asks the API server for the ConfigMap. See ``Store``.
    public func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? {
        guard case .configMap(let configMap)? = try await writer.object(ObjectKey(kind: .configMap, name: name)) else { return nil }
        return configMap
    }
}
