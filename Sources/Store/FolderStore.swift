public import Core
public import KubernetesAPI
public import Logging
internal import Manifests

/// Objects in folders: the user's manifests, watched, and the state folder with what certctl itself writes.
///
/// - Manifests: every `.yaml`, `.yml` and `.json` file at any depth, hidden ones excepted; several documents per file.
/// - State: `secrets/NAMESPACE/NAME.yaml`, `configmaps/NAMESPACE/NAME.yaml`, `lock`, `origin`. One process writes.
///
/// Where both define an object, the user's is in force and is never written.
public final class FolderStore: Store {
    private let engine: FolderEngine
    private let isReadOnly: Bool

    /// Opens the folders and starts to read. Returns before everything is read: ``updates()`` begins when it is.
    ///
    /// - Parameters:
    ///   - manifests: the user's folder; it need not exist yet. nil for the state alone.
    ///   - state: the state folder; made with mode 0700 if it is missing, and closed to others if it is open.
    ///   - readOnly: write nothing and take no lock; for tools that look at the state of a running process.
    ///   - ignoring: kinds to leave alone; they are counted in ``StoreUpdate/ignoredKinds``.
    /// - Throws: `locked` when another process writes to the state folder, `configuration` when both folders are the same,
    ///   `io` when the state folder cannot be used.
    public convenience init(
        manifests: String?, state: String, readOnly: Bool = false, ignoring: Set<ObjectKind> = [.certificate], logger: Logger
    ) throws(StoreError) {
        let options = FolderEngine.Options(manifests: manifests, state: state, isReadOnly: readOnly, ignoredKinds: ignoring)
        try self.init(options, logger: logger)
    }

    /// Opens either folder or both for reading only, for tools: nothing is written, and no lock is taken.
    public convenience init(
        reading manifests: String?, state: String?, ignoring: Set<ObjectKind> = [.certificate], logger: Logger
    ) throws(StoreError) {
        let options = FolderEngine.Options(manifests: manifests, state: state, isReadOnly: true, ignoredKinds: ignoring)
        try self.init(options, logger: logger)
    }

    init(_ options: FolderEngine.Options, logger: Logger) throws(StoreError) {
        engine = try FolderEngine(options, logger: logger)
        isReadOnly = options.isReadOnly
        try engine.start()
    }

    deinit { engine.stop() }

    /// Ends all streams, finishes writes that were begun, and gives the lock back.
    public func shutdown() async {
        engine.stop()
        await withCheckedContinuation { continuation in
            let wait: @Sendable () -> Void = { [engine] in
                engine.join()
                continuation.resume()
            }
            // Without room for a thread the pool has to wait.
            if (try? NamedThread("certctl-close", run: wait)) == nil { wait() }
        }
    }

    /// See ``Store/updates()``.
    public func updates() -> AsyncStream<StoreUpdate> { engine.broadcast.stream() }

    /// Writes to `secrets/NAMESPACE/NAME.yaml`. See ``Store``.
    @discardableResult
    public func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        return try await put(.secret(secret), secret.value(), dataBytes: secret.dataBytes, condition)
    }

    /// Writes to `configmaps/NAMESPACE/NAME.yaml`. See ``Store``.
    @discardableResult
    public func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String {
        return try await put(.configMap(configMap), configMap.value(), dataBytes: configMap.dataBytes, condition)
    }

    /// Removes `secrets/NAMESPACE/NAME.yaml`. See ``Store``.
    public func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await delete(ObjectKey(kind: .secret, name: name), condition)
    }

    /// Removes `configmaps/NAMESPACE/NAME.yaml`. See ``Store``.
    public func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await delete(ObjectKey(kind: .configMap, name: name), condition)
    }

    /// Reads the user's Secret if there is one, otherwise the file in the state folder. See ``Store``.
    public func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? {
        guard case .secret(let secret)? = try await object(ObjectKey(kind: .secret, name: name)) else { return nil }
        return secret
    }

    /// Reads the user's ConfigMap if there is one, otherwise the file in the state folder. See ``Store``.
    public func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? {
        guard case .configMap(let configMap)? = try await object(ObjectKey(kind: .configMap, name: name)) else { return nil }
        return configMap
    }

    /// Leaves word in the state folder about the process that uses it.
    public func record(_ origin: StateOrigin) async throws(StoreError) {
        try checkWritable("state folder")
        try await onWriteThread { engine throws(StoreError) in try engine.write(origin) }
    }

    private func put(
        _ object: KubernetesObject, _ value: ManifestValue, dataBytes: Int, _ condition: WriteCondition
    ) async throws(StoreError) -> String {
        let key = object.key
        try checkWritable("\(key)")
        try StateName.check(key)
        try StoreError.checkSize(dataBytes, of: key)
        let bytes = ManifestWriter.yaml(value)
        return try await onWriteThread { engine throws(StoreError) in try engine.write(bytes, key, condition) }
    }

    private func delete(_ key: ObjectKey, _ condition: WriteCondition) async throws(StoreError) {
        try checkWritable("\(key)")
        try StateName.check(key)
        try await onWriteThread { engine throws(StoreError) in try engine.delete(key, condition) }
    }

    private func object(_ key: ObjectKey) async throws(StoreError) -> KubernetesObject? {
        try StateName.check(key)
        return try await onWriteThread { engine throws(StoreError) in try engine.read(key) }
    }

    private func checkWritable(_ subject: String) throws(StoreError) {
        if isReadOnly { throw StoreError(.readOnly, subject: subject, reason: "the state folder was opened for reading only") }
    }

    private func onWriteThread<Value: Sendable>(
        _ body: @escaping @Sendable (FolderEngine) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result = await engine.writes.run { [engine] in
            Result { () throws(StoreError) in try body(engine) }
        }
        guard let result else { throw StoreError(.closed, subject: "store", reason: "it was shut down") }
        return try result.get()
    }
}
