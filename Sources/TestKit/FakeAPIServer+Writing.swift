internal import FoundationEssentials
internal import KubernetesClient

extension FakeAPIServer.State {
    typealias Manager = FakeAPIServer.Manager
    typealias Fields = FakeAPIServer.Fields
    typealias FieldPath = FakeAPIServer.FieldPath

    /// - Returns: the status and the object.
    mutating func write(_ target: Target, _ request: FakeAPIServer.Request) throws(Refusal) -> (Int, JSONValue) {
        if target.verb == .delete { return (200, try delete(target, JSONValue(parsing: request.body))) }
        guard let body = JSONValue(parsing: request.body), case .object = body else {
            throw .badRequest("the object provided is unrecognized: \(String(decoding: request.body.prefix(40), as: UTF8.self))")
        }
        let manager = Manager(
            name: request.query["fieldManager"] ?? request.headers["user-agent"]?.split(separator: "/").first.map(String.init) ?? "unknown",
            operation: target.verb == .apply ? "Apply" : "Update", subresource: target.subresource ?? "")
        switch target.verb {
        case .create: return (201, try create(target, body, manager))
        case .update: return try update(target, body, manager)
        case .patch: return (200, try patch(target, body, manager))
        case .apply:
            guard request.query["fieldManager"] != nil else {
                throw Refusal(
                    code: 422, reason: "Invalid",
                    message: "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
            }
            return try apply(target, body, manager, force: request.query["force"] == "true")
        case .get, .list, .watch, .delete, .discover: throw .badRequest("not a write")
        }
    }

    private mutating func create(_ target: Target, _ body: JSONValue, _ manager: Manager) throws(Refusal) -> JSONValue {
        var object = try checked(body, target)
        var metadata = object["metadata"] ?? [:]
        if metadata["name"] == nil, let prefix = metadata["generateName"]?.text {
            metadata["name"] = .string(prefix + String(UInt32.random(in: 0...UInt32.max), radix: 36))
        }
        guard let name = metadata["name"]?.text, !name.isEmpty else {
            throw Refusal(code: 422, reason: "Invalid", message: "\(target.resource.kind) \"\" is invalid: metadata.name: Required value")
        }
        guard metadata["resourceVersion"]?.text ?? "" == "" else {
            throw Refusal(code: 500, reason: "", message: "resourceVersion should not be set on objects to be created")
        }
        object["metadata"] = metadata
        if target.resource.hasStatus { object["status"] = nil }
        let key = key(target, name)
        guard objects[target.resource]?[key] == nil else {
            throw Refusal(code: 409, reason: "AlreadyExists", message: "\(target.resource.resource) \"\(name)\" already exists")
        }
        return store(target.resource, key, object, [manager: Fields.leaves(of: object)]).full
    }

    private mutating func update(_ target: Target, _ body: JSONValue, _ manager: Manager) throws(Refusal) -> (Int, JSONValue) {
        let object = try checked(body, target)
        if target.resource.allowsCreateOnUpdate, objects[target.resource]?[key(target, target.name ?? "")] == nil {
            return (201, try makeMissing(target, object, manager))
        }
        let (key, live) = try live(target)
        if object.at("metadata", "resourceVersion") == nil, !target.resource.allowsUnconditionalUpdate {
            throw Refusal(
                code: 422, reason: "Invalid",
                message: "\(target.resource.resource) \"\(key.name)\" is invalid: metadata.resourceVersion: Invalid value: 0x0: "
                    + "must be specified for an update")
        }
        try checkPreconditions(object, live, target)
        return (200, replace(live, by: object, target, key, manager))
    }

    private mutating func patch(_ target: Target, _ body: JSONValue, _ manager: Manager) throws(Refusal) -> JSONValue {
        let (key, live) = try live(target)
        try checkPreconditions(body, live, target)
        return replace(live, by: Fields.merge(body, into: live.value), target, key, manager)
    }

    /// Keeps what is not this endpoint's, and gives the changed fields to the manager.
    private mutating func replace(_ live: StoredObject, by object: JSONValue, _ target: Target, _ key: Key, _ manager: Manager) -> JSONValue
    {
        let object = scoped(object, live.value, target)
        let before = Fields.leaves(of: live.value)
        let after = Fields.leaves(of: object)
        let changed = after.filter { Fields.value(at: $0, in: live.value) != Fields.value(at: $0, in: object) }
        var managers = live.managers.mapValues { $0.subtracting(changed).intersection(after.union(before).intersection(after)) }
        managers[manager, default: []].formUnion(changed)
        return store(target.resource, key, object, managers.filter { !$0.value.isEmpty }).full
    }

    private mutating func apply(_ target: Target, _ body: JSONValue, _ manager: Manager, force: Bool) throws(Refusal) -> (Int, JSONValue) {
        let name = target.name ?? ""
        let key = key(target, name)
        let patch = try checked(body, target)
        guard patch.at("metadata", "managedFields") == nil else { throw .badRequest("metadata.managedFields must be nil") }
        guard let live = objects[target.resource]?[key] else {
            guard target.subresource == nil else { throw .notFound(target.resource, name) }
            return (201, try makeMissing(target, scoped(patch, [:], target), manager))
        }
        try checkPreconditions(patch, live, target)
        let paths = Fields.leaves(of: patch).filter { isOwn($0, target) }
        var managers = live.managers
        for path in paths where Fields.value(at: path, in: live.value) != Fields.value(at: path, in: patch) {
            for other in live.managers.keys.sorted() where other != manager && live.managers[other]?.contains(path) == true {
                guard force else { throw applyConflict(other, path, patch) }
                managers[other]?.remove(path)
            }
        }
        var object = live.value
        for path in paths { Fields.set(Fields.value(at: path, in: patch), at: path, in: &object) }
        for path in (live.managers[manager] ?? []).subtracting(paths) {
            let isShared = managers.contains { $0.key != manager && $0.value.contains(path) }
            if !isShared { Fields.set(nil, at: path, in: &object) }
        }
        managers[manager] = paths
        return (200, store(target.resource, key, object, managers.filter { !$0.value.isEmpty }).full)
    }

    /// As the real one: a resource version of an object that is gone is no obstacle to making it again, only a uid is.
    private mutating func makeMissing(_ target: Target, _ object: JSONValue, _ manager: Manager) throws(Refusal) -> JSONValue {
        let name = target.name ?? ""
        guard object.at("metadata", "uid")?.text ?? "" == "" else { throw .conflict(target.resource, name) }
        return store(target.resource, key(target, name), object, [manager: Fields.leaves(of: object)]).full
    }

    private func applyConflict(_ other: Manager, _ path: FieldPath, _ patch: JSONValue) -> Refusal {
        let field = path.map { $0.hasPrefix("k:") ? "[type=\"\($0.dropFirst(2))\"]" : "." + $0.dropFirst(2) }.joined()
        let words = "conflict with \"\(other.name)\" using \(patch["apiVersion"]?.text ?? "")"
        return Refusal(
            code: 409, reason: "Conflict", message: "Apply failed with 1 conflict: \(words): \(field)",
            causes: [["reason": "FieldManagerConflict", "message": .string(words), "field": .string(field)]])
    }

    private mutating func delete(_ target: Target, _ options: JSONValue?) throws(Refusal) -> JSONValue {
        let (key, live) = try live(target)
        for name in ["uid", "resourceVersion"] {
            guard let wanted = options?.at("preconditions", name)?.text, let got = live.value.at("metadata", name)?.text, got != wanted
            else {
                continue
            }
            let field = name == "uid" ? "UID" : "ResourceVersion"
            throw Refusal(
                code: 409, reason: "Conflict",
                message: "Operation cannot be fulfilled on \(target.resource.kind) \"\(key.name)\": the \(field) in the precondition "
                    + "(\(wanted)) does not match the \(field) in record (\(got)). The object might have been "
                    + (name == "uid" ? "deleted and then recreated" : "modified"))
        }
        guard live.value.at("metadata", "finalizers")?.elements.isEmpty ?? true else {
            var object = live.value
            var metadata = object["metadata"] ?? [:]
            metadata["deletionTimestamp"] = .string(now.formatted(.iso8601))
            object["metadata"] = metadata
            return store(target.resource, key, object, live.managers).full
        }
        remove(target.resource, key)
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": ["name": .string(key.name)]]
    }

    private func live(_ target: Target) throws(Refusal) -> (Key, StoredObject) {
        let name = target.name ?? ""
        let key = key(target, name)
        guard let live = objects[target.resource]?[key] else { throw .notFound(target.resource, name) }
        return (key, live)
    }

    /// Kind, name and namespace must be those of the path; missing ones are filled in.
    private func checked(_ body: JSONValue, _ target: Target) throws(Refusal) -> JSONValue {
        guard body["kind"]?.text == target.resource.kind, body["apiVersion"]?.text == target.resource.resource.apiVersion else {
            throw .badRequest("the object provided is not a \(target.resource.resource.apiVersion) \(target.resource.kind)")
        }
        var body = body
        var metadata = body["metadata"] ?? [:]
        if let namespace = target.namespace {
            guard metadata["namespace"]?.text ?? namespace == namespace else {
                throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
            }
            metadata["namespace"] = .string(namespace)
        }
        if let name = target.name {
            guard metadata["name"]?.text ?? name == name else {
                throw .badRequest("the name of the object does not match the name on the URL (\(name))")
            }
            metadata["name"] = .string(name)
        }
        body["metadata"] = metadata
        return body
    }

    private func checkPreconditions(_ body: JSONValue, _ live: StoredObject, _ target: Target) throws(Refusal) {
        let name = target.name ?? ""
        let version = body.at("metadata", "resourceVersion")?.text ?? ""
        guard version.isEmpty || version == "0" || version == live.value.at("metadata", "resourceVersion")?.text else {
            throw .conflict(target.resource, name)
        }
        let uid = body.at("metadata", "uid")?.text ?? ""
        guard uid.isEmpty || uid == live.value.at("metadata", "uid")?.text else {
            // To a patch the uid is a field like any other, and one that does not change.
            throw target.verb == .update ? .conflict(target.resource, name) : .immutableUID(target.resource, name)
        }
    }

    /// `status` is the subresource's, everything else the main endpoint's.
    private func scoped(_ object: JSONValue, _ live: JSONValue, _ target: Target) -> JSONValue {
        guard target.resource.hasStatus else { return object }
        var result = target.subresource == nil ? object : live
        result["status"] = target.subresource == nil ? live["status"] : object["status"]
        return result
    }

    private func isOwn(_ path: FieldPath, _ target: Target) -> Bool {
        !target.resource.hasStatus || (path.first == "f:status") == (target.subresource == "status")
    }
}
