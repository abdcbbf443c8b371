internal import Core
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Manifests
internal import Store

/// The watches and the state behind a ``ClusterStore``.
///
/// Reading (JSON to objects) happens in the tasks of the reflectors, in parallel; what they read is put together here, one event
/// after the other, and sent to the readers of the updates.
actor ClusterEngine {
    typealias SourceID = ClusterModel.SourceID

    /// How far a watch has come.
    enum Standing: Hashable, Sendable {
        case pending
        /// It had a complete list once.
        case synced
        /// It is not allowed, or there is no such resource: waiting for it would be waiting for ever.
        case refused
    }

    struct Running {
        let kind: ObjectKind
        let reflector: Reflector<KubernetesObject>
        let task: Task<Void, Never>
        var standing = Standing.pending
        var trouble: APIError?
    }

    nonisolated let broadcast = UpdateBroadcast()
    let settings: ClusterStoreSettings
    let client: APIClient
    let time: any TimeSource
    let logger: Logger
    let filter: SecretFilter
    var model = ClusterModel()
    var references: SecretReferences
    var running: [SourceID: Running] = [:]
    /// What there is to be, as last decided; watches beyond it run until it has taken over.
    var selections: Set<SecretSelection> = []
    var isPlanned = false
    /// What cert-manager has installed; nil until the API server said so.
    var installed: InstalledResources?
    var isStopped = false
    private let onHealth: @Sendable (ClusterHealth) -> Void
    private var published: StoreUpdate?
    private var loggedProblems: [StoreProblem] = []
    private var reportedWaiting: [String] = []
    /// Keys that may be different from what was published.
    private var unpublished: Set<ObjectKey> = []
    private var isFlushDue = false
    private var discovery: Task<Void, Never>?

    init(
        _ settings: ClusterStoreSettings, client: APIClient, time: any TimeSource, logger: Logger,
        onHealth: @escaping @Sendable (ClusterHealth) -> Void
    ) {
        self.settings = settings
        self.client = client
        self.time = time
        self.logger = logger
        self.onHealth = onHealth
        filter = SecretFilter(role: settings.role)
        references = SecretReferences(settings)
        filter.update(settings.furtherSecrets, from: references)
    }

    func start() {
        guard !isStopped, running.isEmpty else { return }
        if case .given(let issuers) = settings.issuers, settings.role != .proxy { model.give(issuers.map { .issuer($0) }) }
        for kind in settings.standardKinds { follow(kind) }
        if !settings.discoveredKinds.isEmpty { discovery = Task { [weak self] in await self?.discover() } }
    }

    func stop() {
        isStopped = true
        discovery?.cancel()
        for entry in running.values { entry.task.cancel() }
        running = [:]
        broadcast.finish()
    }

    func object(_ key: ObjectKey) -> KubernetesObject? { model.objects[key] }

    /// Follows the objects of a kind in the namespaces that are looked at.
    func follow(_ kind: ObjectKind) {
        for namespace in settings.namespaces(of: kind) {
            let collection = Collection(
                kind.resource, namespace: namespace,
                labelSelector: kind == .configMap ? "\(OwnLabels.policies)=true" : nil)
            run(.kind(kind, namespace: namespace), kind, collection) { node throws(ManifestError) in
                try ObjectPruning.decode(node, as: kind)
            }
        }
    }

    /// Follows some Secrets.
    func follow(_ selection: SecretSelection) {
        run(.secrets(selection), .secret, selection.collection) { [filter] node throws(ManifestError) in
            try filter.decode(node).map { .secret($0) }
        }
    }

    private func run(
        _ id: SourceID, _ kind: ObjectKind, _ collection: Collection,
        decode: @escaping @Sendable (Node) throws(ManifestError) -> KubernetesObject?
    ) {
        guard !isStopped, running[id] == nil else { return }
        model.add(id)
        let reflector = Reflector(
            collection, client: client, timing: settings.timing, time: time, logger: logger, decode: decode)
        let task = Task { await reflector.run { [weak self] event in await self?.receive(event, from: id) } }
        running[id] = Running(kind: kind, reflector: reflector, task: task)
    }

    /// Ceases to follow.
    func cease(_ id: SourceID) {
        running.removeValue(forKey: id)?.task.cancel()
        model.remove(id)
    }

    private func receive(_ event: ReflectorEvent<KubernetesObject>, from id: SourceID) {
        guard let kind = running[id]?.kind else { return }
        model.apply(event, from: id, kind: kind)
        switch event {
        case .listing, .page: return
        case .listed:
            running[id]?.standing = .synced
            logger.debug("listed", metadata: ["collection": "\(id)", "objects": "\(model.count(of: id))"])
        case .change: break
        case .trouble(let error):
            running[id]?.trouble = error
            // Not 401: with an expired token everything seems refused for a moment.
            if let code = error?.code, [.forbidden, .notFound].contains(code), running[id]?.standing == .pending {
                running[id]?.standing = .refused
            }
            if error?.code == .notFound, settings.discoveredKinds.contains(kind) { Task { await self.lookForResources() } }
            flush()
            return onHealth(health())
        }
        scheduleFlush()
    }

    /// What was written or read by itself is shown before this returns.
    func wrote(_ object: KubernetesObject) {
        guard !isStopped else { return }
        switch object {
        case .secret(let secret):
            if let kept = filter.keep(secret) { model.record(.secret(kept)) }
        case .configMap: model.record(object)
        case .ingress, .ingressClass, .service, .endpointSlice, .namespace, .issuer, .certificate: return
        }
        flush()
    }

    /// See ``wrote(_:)``.
    func deleted(_ key: ObjectKey, uid: String?) {
        model.forget(key, uid: uid)
        flush()
    }

    private func scheduleFlush() {
        guard !isFlushDue else { return }
        isFlushDue = true
        Task {
            try? await time.sleep(for: ClusterLimits.settleTime)
            flush()
        }
    }

    /// Draws the conclusions from what has changed, and sends it.
    func flush() {
        isFlushDue = false
        guard !isStopped else { return }
        let touched = model.takeTouched()
        let changedNeeds = references.update(touched, in: model.objects)
        filter.update(changedNeeds, from: references)
        followSecrets(changedNeeds)
        // Secrets that nobody needs any more were dropped just now.
        unpublished.formUnion(touched.union(model.takeTouched()))
        publish()
    }

    private func publish() {
        let problems = problems()
        log(problems)
        let waiting = published == nil ? waitingFor() : []
        guard waiting.isEmpty else {
            if waiting != reportedWaiting { reportWaiting(waiting) }
            return
        }
        let changes = published.map { ChangeSet(from: $0.objects, to: model.objects, among: unpublished) } ?? ChangeSet(isEverything: true)
        unpublished = []
        let unknown = unknownKinds()
        if let published, changes.isEmpty, published.problems == problems, published.unknownKinds == unknown { return }
        let isFirst = published == nil
        let update = StoreUpdate(objects: model.objects, changed: changes, problems: problems, unknownKinds: unknown)
        published = update
        broadcast.send(update)
        if isFirst { reportWaiting([]) }
    }

    private func reportWaiting(_ waiting: [String]) {
        reportedWaiting = waiting
        onHealth(health())
    }

    private func log(_ problems: [StoreProblem]) {
        if problems == loggedProblems { return }
        let before = Set(loggedProblems)
        // The list in the update is complete; the log needs no more than a screenful at once.
        for problem in problems.filter({ !before.contains($0) }).prefix(20) {
            logger.warning("the API server or an object gives trouble", metadata: ["problem": "\(problem)"])
        }
        if problems.isEmpty { logger.notice("the API server has answered everything again") }
        loggedProblems = problems
    }

    func health() -> ClusterHealth {
        let reflectors = running.values.map(\.reflector.health).sorted { $0.subject < $1.subject }
        return ClusterHealth(isReady: published != nil, waitingFor: published == nil ? waitingFor() : [], reflectors: reflectors)
    }
}
