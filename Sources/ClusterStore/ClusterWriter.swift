internal import Core
internal import KubernetesAPI
internal import KubernetesClient
internal import Manifests
internal import Store

/// Writes to the API server, and shows what was written before it returns.
struct ClusterWriter: Sendable {
    let client: APIClient
    let engine: ClusterEngine
    let isReadOnly: Bool

    /// - Returns: the new resource version.
    func put(_ object: WrittenObject, dataBytes: Int, _ condition: WriteCondition) async throws(StoreError) -> String {
        let key = object.key
        try check(key)
        try StoreError.checkSize(dataBytes, of: key)
        if condition == .absent { return try await create(object) }
        for _ in 0..<ClusterLimits.writeConflictsMax {
            do throws(StoreError) {
                return try await change(object, condition)
            } catch {
                guard error.code == .conflict, condition == .any else { throw error }
            }
        }
        throw StoreError(.conflict, subject: "\(key)", reason: "it changed \(ClusterLimits.writeConflictsMax) times while it was written")
    }

    private func create(_ object: WrittenObject) async throws(StoreError) -> String {
        let request = APIRequest.create(
            object.key.kind.resource, namespace: object.key.name.namespace, name: object.key.name.name,
            body: ObjectWrite.creation(of: object))
        return try await send(request, object.key)
    }

    private func change(_ object: WrittenObject, _ condition: WriteCondition) async throws(StoreError) -> String {
        let key = object.key
        guard let root = try await get(key) else {
            guard condition == .any else { throw StoreError(.conflict, subject: "\(key)", reason: "it does not exist") }
            return try await create(object)
        }
        let live = try read(root, key)
        if case .version(let expected) = condition, live.version != expected {
            throw StoreError(.conflict, subject: "\(key)", reason: "it has version \(live.version), expected version \(expected)")
        }
        guard live.isWritable(as: key) else {
            throw StoreError(.foreignObject, subject: "\(key)", reason: "it is not labelled as ours, and is not ours to write")
        }
        return try await send(ObjectWrite.change(live, to: object), key)
    }

    /// Deletes only what was looked at, and only what is ours.
    func delete(_ key: ObjectKey, _ condition: WriteCondition) async throws(StoreError) {
        try check(key)
        var isCacheTrusted = true
        for _ in 0..<ClusterLimits.writeConflictsMax {
            guard let live = try await identity(of: key, isCacheTrusted: isCacheTrusted) else {
                guard case .version(let expected) = condition else { return await engine.deleted(key, uid: nil) }
                throw StoreError(.conflict, subject: "\(key)", reason: "it does not exist, expected version \(expected)")
            }
            guard live.isOurs else {
                throw StoreError(.foreignObject, subject: "\(key)", reason: "it is not labelled as ours, and is not ours to delete")
            }
            do throws(StoreError) {
                return try await delete(key, live.uid, condition)
            } catch {
                // Another object of the same name took its place, or what was known was old.
                guard error.code == .conflict, condition == .any else { throw error }
                isCacheTrusted = false
            }
        }
        throw StoreError(.conflict, subject: "\(key)", reason: "it changed \(ClusterLimits.writeConflictsMax) times while it was deleted")
    }

    private func delete(_ key: ObjectKey, _ uid: String, _ condition: WriteCondition) async throws(StoreError) {
        var version: String?
        if case .version(let expected) = condition { version = expected }
        let request = APIRequest.delete(
            key.kind.resource, namespace: key.name.namespace, name: key.name.name, uid: uid, resourceVersion: version)
        do throws(APIError) {
            let response = try await client.send(request)
            // An object with finalizers is answered as it is now: on its way out, and still there.
            if let root = ManifestReader.object(json: response.body), let left = try? root.mapping("metadata")?.strings("finalizers"),
                !left.isEmpty
            {
                return
            }
        } catch {
            guard error.code == .notFound else { throw StoreError(error, about: key) }
            if version != nil { throw StoreError(.conflict, subject: "\(key)", reason: "it does not exist any more") }
        }
        await engine.deleted(key, uid: uid)
    }

    private func identity(of key: ObjectKey, isCacheTrusted: Bool) async throws(StoreError) -> (uid: String, isOurs: Bool)? {
        if isCacheTrusted, let held = await engine.object(key)?.metadata, let uid = held.uid {
            return (uid, OwnLabels.isOurs(held.labels))
        }
        guard let root = try await get(key) else { return nil }
        let live = try read(root, key)
        return (live.uid, OwnLabels.isOurs(live.labels))
    }

    /// Reads an object itself, past the cache.
    func object(_ key: ObjectKey) async throws(StoreError) -> KubernetesObject? {
        guard let root = try await get(key) else { return nil }
        return try decode(root, key)
    }

    private func send(_ request: APIRequest, _ key: ObjectKey) async throws(StoreError) -> String {
        let response: APIResponse
        do { response = try await client.send(request) } catch { throw StoreError(error, about: key) }
        guard let root = ManifestReader.object(json: response.body) else { throw unreadable(key, "the answer to a write is not JSON") }
        let object = try decode(root, key)
        guard let version = object.metadata.resourceVersion else { throw unreadable(key, "the answer to a write has no resource version") }
        await engine.wrote(object)
        return version
    }

    /// - Returns: nil when there is no such object.
    private func get(_ key: ObjectKey) async throws(StoreError) -> Node? {
        let request = APIRequest.get(key.kind.resource, namespace: key.name.namespace, name: key.name.name)
        do throws(APIError) {
            guard let root = ManifestReader.object(json: try await client.send(request).body) else {
                throw APIError(code: .badResponse, message: "not a JSON object", subject: request.subject)
            }
            return root
        } catch {
            if error.code == .notFound { return nil }
            throw StoreError(error, about: key)
        }
    }

    private func decode(_ root: Node, _ key: ObjectKey) throws(StoreError) -> KubernetesObject {
        do { return try ObjectPruning.decode(root, as: key.kind) } catch { throw unreadable(key, error.message) }
    }

    private func read(_ root: Node, _ key: ObjectKey) throws(StoreError) -> LiveObject {
        do { return try LiveObject(from: root) } catch { throw unreadable(key, error.message) }
    }

    private func unreadable(_ key: ObjectKey, _ reason: String) -> StoreError { StoreError(.unreadable, subject: "\(key)", reason: reason) }

    private func check(_ key: ObjectKey) throws(StoreError) {
        if isReadOnly { throw StoreError(.readOnly, subject: "\(key)", reason: "the store was opened for reading only") }
        guard ObjectName.isSubdomain(key.name.name), ObjectName.isLabel(key.name.namespace) else {
            throw StoreError(.invalidName, subject: "\(key)", reason: "the namespace or the name is none that Kubernetes takes")
        }
    }
}
