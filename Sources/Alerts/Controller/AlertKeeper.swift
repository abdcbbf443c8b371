internal import Core
internal import KubernetesAPI
internal import Store

/// Reads and writes the Secrets that keep the alerts, for one time in office.
///
/// Every write is bound to the version that was read, so that a leader that was replaced without knowing it takes nothing back that its
/// successor has noted.
struct AlertKeeper: Sendable {
    private let store: any Store
    private let namespace: String
    private let permission: Fencing.Permission
    /// The version of each Secret; nil where there is none.
    private var versions: [Int: String] = [:]

    init(store: any Store, namespace: String, permission: Fencing.Permission) {
        self.store = store
        self.namespace = namespace
        self.permission = permission
    }

    /// Everything that is kept. What cannot be read as alerts (a newer version's, or damaged) counts as nothing, and is replaced.
    ///
    /// - Throws: when the store does not answer.
    mutating func load() async throws(StoreError) -> [AlertRecord] {
        var all: [AlertRecord] = []
        for shard in 0..<AlertLimits.shards { all += try await load(shard) }
        return all
    }

    /// See ``load()``; of one shard.
    mutating func load(_ shard: Int) async throws(StoreError) -> [AlertRecord] {
        let name = AlertShards.name(shard, namespace: namespace)
        let secret = try await store.secret(name)
        versions[shard] = secret?.metadata.resourceVersion
        guard let secret else { return [] }
        guard SecretRole(of: secret) == .alerts else {
            throw StoreError(.foreignObject, subject: "Secret \(name)", reason: "it is needed for alerts, but is not ours")
        }
        return AlertShards.records(secret) ?? []
    }

    /// Makes the alerts of a shard durable.
    mutating func save(_ records: [AlertRecord], _ shard: Int) async throws {
        guard permission.isStanding else {
            throw StoreError(.notLeader, subject: "alerts", reason: "this process does not lead any more")
        }
        let version = versions[shard]
        if version == nil, records.isEmpty { return }
        let secret = try AlertShards.secret(records, shard: shard, namespace: namespace)
        versions[shard] = try await Fencing.$permission.withValue(permission) {
            try await store.put(secret, expecting: version.map { .version($0) } ?? .absent)
        }
    }
}
