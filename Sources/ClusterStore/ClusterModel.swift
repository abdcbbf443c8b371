internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import KubernetesClient
internal import Manifests
internal import Store

/// Which objects are in force, given what every watch told and what we wrote. No I/O: a value that events are applied to.
///
/// - What a watch told stays in force until that watch says otherwise: a list that replaces it takes effect with its last page.
/// - Several watches may tell of one Secret; it is there as long as one of them says so, in the newest version of all.
/// - What we wrote is in force at once. A watch that is behind does not undo it: neither an older version (``ResourceVersion``) nor,
///   after a deletion, the same object again.
/// - A document that cannot be read keeps the previous object in force, and is reported.
struct ClusterModel: Sendable {
    /// The objects in force.
    private(set) var objects = ObjectSet()
    /// The keys of objects that became different since ``takeTouched()``.
    private var touched: Set<ObjectKey> = []
    private var sources: [SourceID: Source] = [:]
    private var refusals: [SourceID: [NamespacedName: StoreProblem]] = [:]
    /// Versions that we wrote and no watch has shown yet, of those that cannot be compared.
    private var unseen: [NamespacedName: String] = [:]
    private var deleted = RecentNames()
    /// While lists are under way: the Secrets that were taken in, each with its number. Only of one that was taken in since a list
    /// began may a page be behind: whatever was known before is older than the list, even if its version is a larger number.
    /// (Versions begin anew when a cluster is restored from a backup.)
    private var taken: [NamespacedName: Int] = [:]
    private var takenCount = 0
    private var listCount = 0

    /// One watch, or objects that were handed in.
    enum SourceID: Hashable, Sendable {
        case kind(ObjectKind, namespace: String?)
        case secrets(SecretSelection)
        case given

        var isSecrets: Bool {
            if case .secrets = self { true } else { false }
        }
    }

    private struct Source: Sendable {
        /// The objects that it says are there.
        var keys: Set<ObjectKey> = []
        /// During a list: the objects of the pages so far.
        var listed: Set<ObjectKey>?
        /// During a list: the number of the last Secret that was taken in before it began.
        var listStart = 0
    }

    /// Hands out the keys of objects that became different since the last call.
    mutating func takeTouched() -> Set<ObjectKey> {
        defer { touched = [] }
        return touched
    }

    /// What cannot be read, in no order.
    var problems: [StoreProblem] { refusals.values.flatMap { $0.values } }

    /// Begins to listen to a source.
    mutating func add(_ id: SourceID) { if sources[id] == nil { sources[id] = Source() } }

    /// Ceases to listen: what only this source told of is gone.
    mutating func remove(_ id: SourceID) {
        endList(of: id)
        guard let source = sources.removeValue(forKey: id) else { return }
        refusals[id] = nil
        for key in source.keys where !isHeld(key) { drop(key) }
    }

    /// How many objects a source tells of.
    func count(of id: SourceID) -> Int { sources[id]?.keys.count ?? 0 }

    /// Whether a name is known through some source.
    func holds(_ name: NamespacedName) -> Bool { objects.secrets[name] != nil }

    /// Takes in what a source told. Sources that were removed are not listened to.
    mutating func apply(_ event: ReflectorEvent<KubernetesObject>, from id: SourceID, kind: ObjectKind) {
        guard sources[id] != nil else { return }
        switch event {
        case .listing:
            if sources[id]?.listed == nil { listCount += 1 }
            sources[id]?.listed = []
            sources[id]?.listStart = takenCount
        case .page(let changes): for change in changes { apply(change, from: id, kind) }
        case .listed:
            guard let listed = sources[id]?.listed, let keys = sources[id]?.keys else { return }
            endList(of: id)
            for key in keys.subtracting(listed) { release(key, from: id) }
        case .change(let change): apply(change, from: id, kind)
        case .trouble: break
        }
    }

    private mutating func apply(_ change: ReflectedChange<KubernetesObject>, from id: SourceID, _ kind: ObjectKind) {
        switch change {
        case .changed(let object):
            refusals[id]?[object.metadata.id] = nil
            if case .secret(let secret) = object { return apply(secret, from: id) }
            claim(object.key, by: id)
            enforce(object)
        case .unwanted(let identity):
            // It was judged while it was read; meanwhile it may have come to matter, and was read by itself.
            if id.isSecrets, isKnown(identity, in: id) { return }
            release(ObjectKey(kind: kind, name: identity.name), from: id)
        case .refused(let identity, let error):
            let key = ObjectKey(kind: kind, name: identity.name)
            if objects[key] != nil { claim(key, by: id) }
            refusals[id, default: [:]][identity.name] = StoreProblem(
                source: "API server", field: Self.field(of: error), message: "\(key) cannot be used: \(error.message)", object: key)
        case .deleted(let identity):
            let key = ObjectKey(kind: kind, name: identity.name)
            if id.isSecrets, isNewer(objects.secrets[identity.name], than: identity) { return }
            release(key, from: id)
        }
    }

    /// The field within the object: lists and events call it `items[7].spec.x` and `object.spec.x`.
    private static func field(of error: ManifestError) -> String? {
        guard let field = error.field, let dot = field.firstIndex(of: "."), field.hasPrefix("items[") || field.hasPrefix("object.") else {
            return error.field
        }
        return String(field[field.index(after: dot)...])
    }

    private mutating func apply(_ secret: Secret, from id: SourceID) {
        let name = secret.metadata.id
        let key = ObjectKey(kind: .secret, name: name)
        if let uid = secret.metadata.uid, deleted.contains(uid) { return release(key, from: id) }
        let isOrdered = sources[id]?.listed == nil || isRaced(name, in: id)
        claim(key, by: id)
        if isOrdered, let held = objects.secrets[name], isBehind(secret, held) { return }
        if !isOrdered || unseen[name] == secret.metadata.resourceVersion { unseen[name] = nil }
        noteTaken(name)
        enforce(.secret(secret))
    }

    /// Whether what a watch tells is older than what is held.
    private func isBehind(_ told: Secret, _ held: Secret) -> Bool {
        guard let toldVersion = told.metadata.resourceVersion, let heldVersion = held.metadata.resourceVersion else { return false }
        if let isOlder = ResourceVersion.isOlder(toldVersion, than: heldVersion) { return isOlder }
        guard let written = unseen[told.metadata.id] else { return false }
        return written != toldVersion
    }

    /// Whether this state of a Secret, or a later one, is held already.
    private func isKnown(_ identity: ReflectedIdentity, in id: SourceID) -> Bool {
        guard let held = objects.secrets[identity.name]?.metadata.resourceVersion, let told = identity.resourceVersion else { return false }
        if let isOlder = ResourceVersion.isOlder(held, than: told) { return !isOlder }
        return isRaced(identity.name, in: id)
    }

    /// Whether a deletion is of a state before the one that is held.
    private func isNewer(_ held: Secret?, than deletion: ReflectedIdentity) -> Bool {
        guard let heldVersion = held?.metadata.resourceVersion, let version = deletion.resourceVersion else { return false }
        if let isOlder = ResourceVersion.isOlder(version, than: heldVersion) { return isOlder }
        return unseen[deletion.name] != nil && deletion.uid != nil && deletion.uid != held?.metadata.uid
    }

    /// Takes in an object that we wrote, or read by itself.
    ///
    /// - Returns: false when no source would tell of it, so that it is not kept.
    @discardableResult
    mutating func record(_ object: KubernetesObject) -> Bool {
        let key = object.key
        let covering = sources.keys.filter { covers($0, object) }
        guard !covering.isEmpty else { return false }
        if case .secret(let secret) = object, let held = objects.secrets[key.name], isBehind(secret, held) { return true }
        for id in covering { claim(key, by: id) }
        noteTaken(key.name)
        if let version = object.metadata.resourceVersion, ResourceVersion.isOlder(version, than: "0") == nil { unseen[key.name] = version }
        enforce(object)
        return true
    }

    private func covers(_ id: SourceID, _ object: KubernetesObject) -> Bool {
        switch (id, object) {
        case (.secrets(let selection), .secret(let secret)): selection.covers(secret)
        case (.kind(.configMap, let namespace), .configMap(let configMap)):
            OwnLabels.hasPolicies(configMap.metadata.labels) && (namespace ?? configMap.metadata.namespace) == configMap.metadata.namespace
        case (.secrets, _), (.kind, _), (.given, _): false
        }
    }

    /// Takes in that we deleted an object.
    mutating func forget(_ key: ObjectKey, uid: String?) {
        if let uid { deleted.insert(uid) }
        // A copy of the names: who looks through the dictionary itself makes each change copy it.
        for id in Array(sources.keys) {
            sources[id]?.keys.remove(key)
            sources[id]?.listed?.remove(key)
        }
        drop(key)
    }

    /// Drops Secrets that nobody needs any more, though watches tell of them.
    mutating func drop(_ names: some Sequence<NamespacedName>) {
        for name in names { forget(ObjectKey(kind: .secret, name: name), uid: nil) }
    }

    /// Takes in objects that are no watch's.
    mutating func give(_ given: [KubernetesObject]) {
        add(.given)
        for object in given {
            claim(object.key, by: .given)
            enforce(object)
        }
    }

    private mutating func claim(_ key: ObjectKey, by id: SourceID) {
        sources[id]?.keys.insert(key)
        sources[id]?.listed?.insert(key)
    }

    private mutating func endList(of id: SourceID) {
        guard sources[id]?.listed != nil else { return }
        sources[id]?.listed = nil
        listCount -= 1
        if listCount == 0 { taken = [:] }
    }

    private mutating func noteTaken(_ name: NamespacedName) {
        guard listCount > 0 else { return }
        takenCount += 1
        taken[name] = takenCount
    }

    /// Whether something was told of a Secret since the list of a source began.
    private func isRaced(_ name: NamespacedName, in id: SourceID) -> Bool {
        guard let source = sources[id], source.listed != nil, let number = taken[name] else { return false }
        return number > source.listStart
    }

    private mutating func release(_ key: ObjectKey, from id: SourceID) {
        sources[id]?.keys.remove(key)
        sources[id]?.listed?.remove(key)
        refusals[id]?[key.name] = nil
        if !isHeld(key) { drop(key) }
    }

    private func isHeld(_ key: ObjectKey) -> Bool {
        // Only Secrets have more than one source.
        guard key.kind == .secret else { return false }
        return sources.contains { $0.key.isSecrets && $0.value.keys.contains(key) }
    }

    private mutating func drop(_ key: ObjectKey) {
        guard objects[key] != nil else { return }
        unseen[key.name] = nil
        objects.remove(key)
        touched.insert(key)
    }

    private mutating func enforce(_ object: KubernetesObject) {
        let key = object.key
        let held = objects[key]
        if held == object { return }
        objects.insert(object)
        // A version by itself is kept for the next write, and is no news.
        if let held, held.isEqualButForVersion(to: object) { return }
        touched.insert(key)
    }
}

extension KubernetesObject {
    fileprivate func isEqualButForVersion(to other: KubernetesObject) -> Bool {
        switch (self, other) {
        case (.secret(var left), .secret(var right)):
            left.metadata.resourceVersion = nil
            right.metadata.resourceVersion = nil
            return left == right
        case (.configMap(var left), .configMap(var right)):
            left.metadata.resourceVersion = nil
            right.metadata.resourceVersion = nil
            return left == right
        case (.secret, _), (.configMap, _), (.ingress, _), (.ingressClass, _), (.service, _), (.endpointSlice, _), (.namespace, _),
            (.issuer, _), (.certificate, _):
            return false
        }
    }
}
