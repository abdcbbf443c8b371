internal import Core
internal import KubernetesAPI
internal import Store

/// A store that is written to only as long as its leader leads; anybody may read.
///
/// The question comes right before each write and, by ``Core/Fencing``, before each request that is made of it. What a leader sends in its
/// last moment may still arrive after it: so every write is bound besides to the version that it was decided by, and the store refuses it
/// if another leader has written meanwhile.
struct LeaderStore: Store {
    let store: any Store
    let fence: LeadershipFence

    func updates() -> AsyncStream<StoreUpdate> { store.updates() }

    @discardableResult
    func put(_ secret: Secret, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try await fenced("Secret \(secret.metadata.id)") { () async throws(StoreError) in
            try await store.put(secret, expecting: condition)
        }
    }

    @discardableResult
    func put(_ configMap: ConfigMap, expecting condition: WriteCondition) async throws(StoreError) -> String {
        try await fenced("ConfigMap \(configMap.metadata.id)") { () async throws(StoreError) in
            try await store.put(configMap, expecting: condition)
        }
    }

    func deleteSecret(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await fenced("Secret \(name)") { () async throws(StoreError) in
            try await store.deleteSecret(name, expecting: condition)
        }
    }

    func deleteConfigMap(_ name: NamespacedName, expecting condition: WriteCondition) async throws(StoreError) {
        try await fenced("ConfigMap \(name)") { () async throws(StoreError) in
            try await store.deleteConfigMap(name, expecting: condition)
        }
    }

    func secret(_ name: NamespacedName) async throws(StoreError) -> Secret? { try await store.secret(name) }

    func configMap(_ name: NamespacedName) async throws(StoreError) -> ConfigMap? { try await store.configMap(name) }

    /// Asks before, and lets those ask who send the requests, since they may wait and repeat.
    private func fenced<Value: Sendable>(
        _ subject: String, _ write: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard fence.isStanding else { throw StoreError(.notLeader, subject: subject, reason: LeadershipFence.refusal) }
        let result = await Fencing.$permission.withValue(Fencing.Permission { [fence] in fence.isStanding }) {
            do throws(StoreError) { return Result<Value, StoreError>.success(try await write()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
