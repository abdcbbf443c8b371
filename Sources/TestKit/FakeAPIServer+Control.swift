public import KubernetesClient
internal import Synchronization

// What tests do behind the server's back, and what they look at.
extension FakeAPIServer {
    /// Creates or replaces the objects of a manifest, YAML or JSON, as `kubectl` would, status included.
    public func put(_ manifest: String) { for object in JSONValue.documents(in: Array(manifest.utf8)) { put(object) } }

    /// Creates or replaces an object, status included.
    ///
    /// - Returns: the object as it is stored.
    @discardableResult public func put(_ object: JSONValue, manager: String = "kubectl") -> JSONValue {
        guard let resource = FakeAPIServer.resource(of: object) else { preconditionFailure("no such kind: \(object)") }
        return core.state.withLock { state in
            var object = object
            var metadata = object["metadata"] ?? [:]
            if resource.resource.isNamespaced, metadata["namespace"] == nil { metadata["namespace"] = "default" }
            object["metadata"] = metadata
            let key = Key(namespace: metadata["namespace"]?.text ?? "", name: metadata["name"]?.text ?? "")
            let owner = Manager(name: manager, operation: "Update", subresource: "")
            var managers = state.objects[resource]?[key]?.managers ?? [:]
            let paths = Fields.leaves(of: object)
            for other in managers.keys { managers[other] = managers[other]?.intersection(paths) }
            managers[owner] = paths
            return state.store(resource, key, object, managers.filter { !$0.value.isEmpty }).full
        }
    }

    /// Deletes an object, whatever its finalizers.
    public func delete(_ resource: APIResource, namespace: String = "", name: String) {
        guard let known = FakeAPIServer.resources.first(where: { $0.resource == resource }) else { return }
        core.state.withLock { $0.remove(known, Key(namespace: namespace, name: name)) }
    }

    /// An object as a client would get it, or nil.
    public func object(_ resource: APIResource, namespace: String = "", name: String) -> JSONValue? {
        guard let known = FakeAPIServer.resources.first(where: { $0.resource == resource }) else { return nil }
        return core.state.withLock { $0.objects[known]?[Key(namespace: namespace, name: name)]?.full }
    }

    /// All objects of a resource by namespace and name.
    public func objects(_ resource: APIResource) -> [JSONValue] {
        guard let known = FakeAPIServer.resources.first(where: { $0.resource == resource }) else { return [] }
        return core.state.withLock { state in
            let all = state.objects[known] ?? [:]
            return all.keys.sorted().compactMap { all[$0]?.full }
        }
    }

    /// Lets something go wrong with a later request: the next one that matches, or after `skipping` of them. Nil matches all.
    public func script(
        _ fault: Fault, at verb: Verb? = nil, of resource: APIResource? = nil, name: String? = nil, skipping: Int = 0, times: Int = 1
    ) {
        let script = Script(fault: fault, verb: verb, resource: resource, name: name, skipping: skipping)
        core.state.withLock { $0.scripts += Array(repeating: script, count: times) }
    }

    /// Drops everything that was scripted and not used yet.
    public func repair() { core.state.withLock { $0.scripts = [] } }

    /// How many scripted faults wait for their request.
    public var scriptCount: Int { core.state.withLock { $0.scripts.count } }

    /// Every request until now, in the order of arrival.
    public var requests: [RecordedRequest] { core.state.withLock { $0.requests } }

    /// The requests of a kind, in the order of arrival. Nil matches all.
    public func requests(_ verb: Verb? = nil, of resource: APIResource? = nil) -> [RecordedRequest] {
        requests.filter { (verb == nil || $0.verb == verb) && (resource == nil || $0.resource == resource) }
    }

    /// Forgets the requests until now.
    public func forgetRequests() { core.state.withLock { $0.requests = [] } }

    /// Answers 401 unless the Authorization header is one of these, such as `Bearer abc`; nil for anybody.
    public func accept(authorizations: Set<String>?) { core.state.withLock { $0.authorizations = authorizations } }

    /// Whether the resources of cert-manager.io/v1 are there; they are at the start.
    public func installCertManager(_ isInstalled: Bool) { core.state.withLock { $0.hasCertManager = isInstalled } }

    /// Forgets the history, as etcd does each five minutes: older resource versions and pages are answered with 410.
    public func compact() { core.state.withLock { $0.compact() } }

    /// The newest resource version.
    public var resourceVersion: Int { core.state.withLock { $0.resourceVersion } }

    /// How many watches are open.
    public func watchCount(of resource: APIResource? = nil) -> Int {
        core.state.withLock { state in state.watchers.values.count { resource == nil || $0.resource.resource == resource } }
    }

    /// Sends a bookmark to the watches that want them.
    public func sendBookmarks() {
        core.state.withLock { state in
            for watcher in state.watchers.values where watcher.wantsBookmarks {
                watcher.output.yield(.bookmark(watcher.bookmark(state.resourceVersion)))
            }
        }
    }

    /// Closes the connections of watches.
    public func cutWatches(of resource: APIResource? = nil) { tell(resource, .cut) }

    /// Lets watches end in order, as their timeout does.
    public func endWatches(of resource: APIResource? = nil) { tell(resource, .end) }

    /// Lets watches go silent while their connections stay.
    public func stallWatches(of resource: APIResource? = nil) { tell(resource, .stall) }

    /// Ends watches with an ERROR event.
    public func failWatches(of resource: APIResource? = nil, code: Int = 410, reason: String = "Expired") {
        let status = FakeAPIServer.status(Refusal(code: code, reason: reason, message: "too old resource version"))
        tell(resource, .error(Watcher.line("ERROR", status)))
        tell(resource, .end)
    }

    /// Sends bytes to watches as they are; a whole event ends with a line feed.
    public func sendToWatches(of resource: APIResource? = nil, _ bytes: [UInt8]) { tell(resource, .event(bytes)) }

    private func tell(_ resource: APIResource?, _ part: WatchPart) {
        core.state.withLock { state in
            for watcher in state.watchers.values where resource == nil || watcher.resource.resource == resource {
                watcher.output.yield(part)
            }
        }
    }

    private static func resource(of object: JSONValue) -> Resource? {
        resources.first { $0.kind == object["kind"]?.text && $0.resource.apiVersion == object["apiVersion"]?.text }
    }
}

extension FakeAPIServer.Core {
    /// Ends a watch in order, with a last bookmark as the real server sends it.
    func endWatch(_ id: Int) {
        state.withLock { state in
            guard let watcher = state.watchers.removeValue(forKey: id) else { return }
            if watcher.wantsBookmarks { watcher.output.yield(.bookmark(watcher.bookmark(state.resourceVersion))) }
            watcher.output.yield(.end)
        }
    }

    /// Forgets a watch whose connection is gone.
    func closeWatch(_ id: Int) {
        state.withLock { state in state.watchers.removeValue(forKey: id)?.output.finish() }
    }
}

extension FakeAPIServer.State {
    func serves(_ target: FakeAPIServer.Target) throws(FakeAPIServer.Refusal) {
        guard hasCertManager || !target.resource.isCustom else { throw .noSuchGroup }
    }

    /// Answers everything but a watch.
    mutating func answer(_ target: FakeAPIServer.Target, _ request: FakeAPIServer.Request) throws(FakeAPIServer.Refusal) -> (Int, [UInt8]) {
        try serves(target)
        switch target.verb {
        case .get: return (200, try get(target).json)
        case .list: return (200, try list(target, request.query).json)
        case .discover: return (200, try discovery(target).json)
        case .create, .update, .patch, .apply, .delete:
            let (status, object) = try write(target, request)
            return (status, object.json)
        case .watch: throw .badRequest("a watch is not answered at once")
        }
    }
}
