internal import FoundationEssentials
internal import KubernetesClient

extension FakeAPIServer {
    /// Namespace and name of an object of a resource; the namespace is empty where there is none.
    struct Key: Hashable, Sendable, Comparable {
        let namespace: String
        let name: String

        static func < (left: Self, right: Self) -> Bool { (left.namespace, left.name) < (right.namespace, right.name) }
    }

    struct StoredObject: Sendable {
        /// With its resource version, without managedFields.
        var value: JSONValue
        var managers: [Manager: Set<FieldPath>]
        /// As it is sent, with managedFields.
        var full: JSONValue
    }

    /// A change that watches see.
    struct Event: Sendable {
        let resourceVersion: Int
        let resource: Resource
        let key: Key
        let before: StoredObject?
        let after: StoredObject?
    }

    /// A watch that is open.
    struct Watcher: Sendable {
        let resource: Resource
        let namespace: String?
        let selector: Selector
        let wantsBookmarks: Bool
        let output: AsyncStream<WatchPart>.Continuation
    }

    enum WatchPart: Sendable {
        case event([UInt8])
        case bookmark([UInt8])
        case error([UInt8])
        /// The server ends the watch in order.
        case end
        /// The connection is closed at once.
        case cut
        /// Nothing more is sent, though the connection stays.
        case stall
    }

    /// A refusal with what the Status object says.
    struct Refusal: Error {
        let code: Int
        let reason: String
        let message: String
        var causes: [JSONValue] = []

        static func notFound(_ resource: Resource, _ name: String) -> Refusal {
            Refusal(code: 404, reason: "NotFound", message: "\(resource.resource) \"\(name)\" not found")
        }

        static func conflict(_ resource: Resource, _ name: String) -> Refusal {
            Refusal(
                code: 409, reason: "Conflict",
                message: "Operation cannot be fulfilled on \(resource.resource) \"\(name)\": the object has been modified; "
                    + "please apply your changes to the latest version and try again")
        }

        static func immutableUID(_ resource: Resource, _ name: String) -> Refusal {
            Refusal(
                code: 422, reason: "Invalid",
                message: "\(resource.kind) \"\(name)\" is invalid: metadata.uid: Invalid value: field is immutable")
        }

        static func badRequest(_ message: String) -> Refusal { Refusal(code: 400, reason: "BadRequest", message: message) }

        /// A path that belongs to nobody is not answered by the API machinery, but by the plain web server in front of it.
        static let noSuchGroup = Refusal(code: 404, reason: "", message: "404 page not found\n")

        static let expired = Refusal(code: 410, reason: "Expired", message: "too old resource version")
    }

    struct State: Sendable {
        var objects: [Resource: [Key: StoredObject]] = [:]
        var resourceVersion = 1
        var history: [Event] = []
        /// Versions up to this one are forgotten.
        var compactedVersion = 0
        var watchers: [Int: Watcher] = [:]
        var nextWatcher = 1
        /// Pages that are still to be fetched, by their token.
        var pages: [String: (rest: [StoredObject], version: Int)] = [:]
        var scripts: [Script] = []
        var requests: [RecordedRequest] = []
        var hasCertManager = true
        /// The Authorization headers that are let in; nil for any and none.
        var authorizations: Set<String>?
        var connections = 0
        var now = Date()

        /// Gives an object its new version, keeps it and tells the watches.
        mutating func store(_ resource: Resource, _ key: Key, _ value: JSONValue, _ managers: [Manager: Set<FieldPath>]) -> StoredObject {
            let before = objects[resource]?[key]
            var value = value
            var metadata = value["metadata"] ?? [:]
            metadata["managedFields"] = nil
            if let before {
                for name in ["uid", "creationTimestamp", "resourceVersion", "generation"] {
                    metadata[name] = before.value.at("metadata", name)
                }
                value["metadata"] = metadata
                if value == before.value, managers == before.managers { return before }
                if value["spec"] != before.value["spec"] { metadata["generation"] = .int((metadata["generation"]?.number ?? 0) + 1) }
            } else {
                metadata["uid"] = .string(State.uuid())
                metadata["creationTimestamp"] = .string(now.formatted(.iso8601))
                metadata["generation"] = 1
            }
            resourceVersion += 1
            metadata["resourceVersion"] = .string("\(resourceVersion)")
            value["metadata"] = metadata
            let stored = StoredObject(value: value, managers: managers, full: State.full(value, managers, now))
            objects[resource, default: [:]][key] = stored
            publish(Event(resourceVersion: resourceVersion, resource: resource, key: key, before: before, after: stored))
            return stored
        }

        mutating func remove(_ resource: Resource, _ key: Key) {
            guard let before = objects[resource]?.removeValue(forKey: key) else { return }
            resourceVersion += 1
            publish(Event(resourceVersion: resourceVersion, resource: resource, key: key, before: before, after: nil))
        }

        private mutating func publish(_ event: Event) {
            history.append(event)
            for watcher in watchers.values {
                if let line = watcher.line(for: event) { watcher.output.yield(.event(line)) }
            }
        }

        /// Forgets all history: watches and pages from before are too old.
        mutating func compact() {
            history = []
            compactedVersion = resourceVersion
            pages = [:]
        }

        mutating func takeFault(for target: Target) -> Fault? {
            for (place, script) in scripts.enumerated() {
                guard script.verb == nil || script.verb == target.verb,
                    script.resource == nil || script.resource == target.resource.resource,
                    script.name == nil || script.name == target.name
                else { continue }
                if script.skipping > 0 {
                    scripts[place].skipping -= 1
                    continue
                }
                scripts.remove(at: place)
                return script.fault
            }
            return nil
        }

        private static func full(_ value: JSONValue, _ managers: [Manager: Set<FieldPath>], _ now: Date) -> JSONValue {
            var full = value
            var metadata = value["metadata"] ?? [:]
            metadata["managedFields"] = .array(
                managers.keys.sorted().map { manager in
                    var entry: JSONValue = [
                        "manager": .string(manager.name), "operation": .string(manager.operation), "fieldsType": "FieldsV1",
                        "apiVersion": value["apiVersion"] ?? "v1", "time": .string(now.formatted(.iso8601)),
                        "fieldsV1": Fields.fieldsV1(managers[manager] ?? []),
                    ]
                    if !manager.subresource.isEmpty { entry["subresource"] = .string(manager.subresource) }
                    return entry
                })
            full["metadata"] = metadata
            return full
        }

        private static func uuid() -> String { UUID().uuidString.lowercased() }
    }
}

extension FakeAPIServer.Watcher {
    /// What this watch says of a change; nil when it does not see it.
    func line(for event: FakeAPIServer.Event) -> [UInt8]? {
        guard event.resource == resource, namespace == nil || namespace == event.key.namespace else { return nil }
        let saw = event.before.map { selector.matches($0.value) } ?? false
        let sees = event.after.map { selector.matches($0.value) } ?? false
        switch (saw, sees) {
        case (false, false): return nil
        case (false, true): return FakeAPIServer.Watcher.line("ADDED", event.after?.full ?? .null)
        case (true, true): return FakeAPIServer.Watcher.line("MODIFIED", event.after?.full ?? .null)
        case (true, false):
            // As it was last, but with the version of the change.
            var object = event.before?.full ?? .null
            var metadata = object["metadata"] ?? [:]
            metadata["resourceVersion"] = .string("\(event.resourceVersion)")
            object["metadata"] = metadata
            return FakeAPIServer.Watcher.line("DELETED", object)
        }
    }

    func bookmark(_ version: Int) -> [UInt8] {
        FakeAPIServer.Watcher.line(
            "BOOKMARK",
            [
                "kind": .string(resource.kind), "apiVersion": .string(resource.resource.apiVersion),
                "metadata": ["resourceVersion": .string("\(version)"), "creationTimestamp": .null],
            ])
    }

    static func line(_ type: String, _ object: JSONValue) -> [UInt8] {
        (["type": .string(type), "object": object] as JSONValue).json + [UInt8(ascii: "\n")]
    }
}
