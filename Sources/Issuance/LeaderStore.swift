internal import Core
internal import KubernetesAPI
internal import Store

/// A store that is written to only as long as its leader leads; anybody may read.
///
/// The question comes right before each write. What a leader sends in its last moment may still arrive after it: so every write is bound
/// besides to the version that it was decided by, and the store refuses it if another leader has written meanwhile.
struct LeaderStore: Store {
    let store: any Store
    let fence: LeadershipFence

    func updates() -> AsyncStream<StoreUpdate> { store.updates() }

    @discardableResult
    func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try check("Secret \(secret.metadata.id)")
        return try await store.put(secret, expecting: condition)
    }

    @discardableResult
    func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try check("ConfigMap \(configMap.metadata.id)")
        return try await store.put(configMap, expecting: condition)
    }

    func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try check("Secret \(name)")
        try await store.deleteSecret(name, expecting: condition)
    }

    func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try check("ConfigMap \(name)")
        try await store.deleteConfigMap(name, expecting: condition)
    }

    func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? { try await store.secret(name) }

    func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? { try await store.configMap(name) }

    private func check(_ subject: String) throws(StoreError) {
        guard fence.isStanding else { throw StoreError(.notLeader, subject: subject, reason: LeadershipFence.refusal) }
    }
}
