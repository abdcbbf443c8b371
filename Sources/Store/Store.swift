public import Core
public import KubernetesAPI

/// The one interface to objects: what there is, what changes, and writing what certctl owns.
///
/// Implementations: ``FolderStore``, and `ClusterStore` for the API server. All methods may be called from any task.
public protocol Store: Sendable {
    /// What there is and what changes.
    ///
    /// The first element is a complete and consistent snapshot (`changed.isEverything`). Later ones come when something
    /// changed; for a slow reader they are joined: it sees the newest objects, and no change is lost. Each call makes
    /// an independent stream. A stream ends when the store is shut down.
    func updates() -> AsyncStream<StoreUpdate>

    /// Writes a Secret. When it returns, the Secret is durable and the update streams show it.
    ///
    /// - Returns: the new `metadata.resourceVersion`, for ``WriteCondition/version(_:)``.
    /// - Throws: ``StoreError`` with code `conflict` when the condition does not hold, `foreignObject` when the object is
    ///   not ours to write. After an error the stored Secret is the old one or, after `io`, possibly the new one; never torn.
    @discardableResult
    func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String

    /// Writes a ConfigMap, under the same promises as for a Secret.
    @discardableResult
    func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String

    /// Deletes a Secret. It is no error if there is none, unless the condition asks for a version.
    func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError)

    /// Deletes a ConfigMap. It is no error if there is none, unless the condition asks for a version.
    func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError)

    /// Reads the stored Secret itself, past every cache; nil if there is none.
    func secret(_ name: NamespacedName) async throws(StoreError) -> Secret?

    /// Reads the stored ConfigMap itself, past every cache; nil if there is none.
    func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap?
}

/// What must be true of the stored object for a write to happen.
public enum WriteCondition: Hashable, Sendable {
    /// Nothing.
    case any
    /// There is no such object.
    case absent
    /// The stored object has this `metadata.resourceVersion`.
    case version(String)
}
