internal import Core
internal import Store

/// Keeps the upstreams that routes lead to: one per backend, with an id that lasts, counted by use.
struct UpstreamRegistry {
    private var ids: [BackendKey: Int] = [:]
    private var keys: [BackendKey] = []
    private var uses: [Int] = []
    private var idsByService: [NamespacedName: Set<Int>] = [:]
    private(set) var table = NumberedTable<Upstream>()
    /// What upstreams are resolved from; set before anything else is asked.
    var resolver = UpstreamResolver(objects: ObjectSet())

    /// Counts one more use of a backend and returns its id.
    mutating func retain(_ key: BackendKey) -> Int {
        let id = ids[key] ?? assign(key)
        uses[id] += 1
        if uses[id] == 1 {
            idsByService[key.object, default: []].insert(id)
            table[id] = resolver.upstream(id: id, key)
        }
        return id
    }

    /// Counts one use less; the last one takes the upstream out of the table. The id stays taken.
    mutating func release(_ id: Int) {
        uses[id] -= 1
        precondition(uses[id] >= 0, "upstream \(keys[id]) was released more often than retained")
        guard uses[id] == 0 else { return }
        table[id] = nil
        let service = keys[id].object
        idsByService[service]?.remove(id)
        if idsByService[service]?.isEmpty == true { idsByService[service] = nil }
    }

    /// Resolves the upstreams of these Services again; one that comes out the same keeps its object.
    mutating func refresh(_ services: some Sequence<NamespacedName>) {
        for service in services {
            for id in idsByService[service] ?? [] {
                let fresh = resolver.upstream(id: id, keys[id])
                if let known = table[id], known.isSame(as: fresh) { continue }
                table[id] = fresh
            }
        }
    }

    /// Every Service that is in use.
    var services: [NamespacedName] { Array(idsByService.keys) }

    private mutating func assign(_ key: BackendKey) -> Int {
        let id = keys.count
        ids[key] = id
        keys.append(key)
        uses.append(0)
        return id
    }
}
