internal import FoundationEssentials
internal import KubernetesClient

extension FakeAPIServer.State {
    typealias Target = FakeAPIServer.Target
    typealias Refusal = FakeAPIServer.Refusal
    typealias Resource = FakeAPIServer.Resource
    typealias Key = FakeAPIServer.Key
    typealias StoredObject = FakeAPIServer.StoredObject

    func key(_ target: Target, _ name: String) -> Key { Key(namespace: target.namespace ?? "", name: name) }

    func get(_ target: Target) throws(Refusal) -> JSONValue {
        let name = target.name ?? ""
        guard let object = objects[target.resource]?[key(target, name)] else { throw .notFound(target.resource, name) }
        return object.full
    }

    /// `APIResourceList` of a group version.
    func discovery(_ target: Target) throws(Refusal) -> JSONValue {
        let group = target.resource.resource
        let served = FakeAPIServer.resources.filter { $0.resource.groupPath == group.groupPath }
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(group.apiVersion),
            "resources": .array(
                served.map { resource in
                    [
                        "name": .string(resource.resource.plural), "kind": .string(resource.kind),
                        "namespaced": .bool(resource.resource.isNamespaced),
                        "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
                    ]
                }),
        ]
    }

    mutating func list(_ target: Target, _ query: [String: String]) throws(Refusal) -> JSONValue {
        let selector = try FakeAPIServer.Selector(
            labelSelector: query["labelSelector"], fieldSelector: query["fieldSelector"], of: target.resource)
        var rest: [StoredObject]
        var version = resourceVersion
        if let token = query["continue"], !token.isEmpty {
            guard token.hasPrefix("page-") else { throw .badRequest("invalid continue token: continue key is not valid") }
            guard let page = pages.removeValue(forKey: token) else {
                throw Refusal(
                    code: 410, reason: "Expired",
                    message: "The provided continue parameter is too old to display a consistent list result.")
            }
            (rest, version) = page
        } else {
            if let asked = query["resourceVersion"].flatMap({ Int($0) }), asked > resourceVersion {
                throw Refusal(
                    code: 504, reason: "Timeout",
                    message: "Timeout: Too large resource version: \(asked), current: \(resourceVersion)")
            }
            rest = matching(target, selector)
        }
        var metadata: JSONValue = ["resourceVersion": .string("\(version)")]
        if let limit = query["limit"].flatMap({ Int($0) }), limit > 0, rest.count > limit {
            let token = "page-\(UInt64.random(in: 0...UInt64.max))"
            pages[token] = (Array(rest[limit...]), version)
            metadata["continue"] = .string(token)
            if selector.isEmpty { metadata["remainingItemCount"] = .int(rest.count - limit) }
            rest = Array(rest[..<limit])
        }
        let items = rest.map { object in
            guard !target.resource.isCustom else { return object.full }
            var item = object.full
            item["kind"] = nil
            item["apiVersion"] = nil
            return item
        }
        return [
            "kind": .string(target.resource.kind + "List"), "apiVersion": .string(target.resource.resource.apiVersion),
            "metadata": metadata, "items": .array(items),
        ]
    }

    private func matching(_ target: Target, _ selector: FakeAPIServer.Selector) -> [StoredObject] {
        let all = objects[target.resource] ?? [:]
        let keys = all.keys.filter { target.namespace == nil || target.namespace == $0.namespace }.sorted()
        return keys.compactMap { all[$0] }.filter { selector.matches($0.value) }
    }

    /// Opens a watch: what it missed since its version, and what comes.
    mutating func watch(_ target: Target, _ query: [String: String]) throws(Refusal) -> (
        id: Int, parts: AsyncStream<FakeAPIServer.WatchPart>
    ) {
        let selector = try FakeAPIServer.Selector(
            labelSelector: query["labelSelector"], fieldSelector: query["fieldSelector"], of: target.resource)
        let (parts, output) = AsyncStream.makeStream(of: FakeAPIServer.WatchPart.self)
        let watcher = FakeAPIServer.Watcher(
            resource: target.resource, namespace: target.namespace, selector: selector,
            wantsBookmarks: query["allowWatchBookmarks"] == "true", output: output)
        let version = query["resourceVersion"].flatMap { Int($0) } ?? 0
        if version == 0 {
            for object in matching(target, selector) { output.yield(.event(FakeAPIServer.Watcher.line("ADDED", object.full))) }
        } else if version < compactedVersion {
            // As the real one: the answer is 200, and the refusal an event.
            output.yield(.error(FakeAPIServer.Watcher.line("ERROR", FakeAPIServer.status(.expired))))
            output.yield(.end)
        } else {
            for event in history where event.resourceVersion > version {
                if let line = watcher.line(for: event) { output.yield(.event(line)) }
            }
        }
        let id = nextWatcher
        nextWatcher += 1
        watchers[id] = watcher
        return (id, parts)
    }
}

extension FakeAPIServer {
    /// The Status object of a refusal.
    static func status(_ refusal: Refusal, retryAfterSeconds: Int? = nil) -> JSONValue {
        var details: JSONValue = [:]
        if !refusal.causes.isEmpty { details["causes"] = .array(refusal.causes) }
        if let retryAfterSeconds { details["retryAfterSeconds"] = .int(retryAfterSeconds) }
        let status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(refusal.message),
            "details": details, "code": .int(refusal.code),
        ]
        return refusal.reason.isEmpty ? status : Fields.merge(["reason": .string(refusal.reason)], into: status)
    }
}
