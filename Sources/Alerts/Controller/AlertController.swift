public import Core
internal import FoundationEssentials
internal import HTTPClient
public import Logging
public import Store

/// Finds what is wrong, keeps it, and tells the receivers: for as long as this process leads.
///
/// Nothing waits for it: it asks for the facts from time to time, and each receiver has a task of its own, so that one that hangs holds up
/// neither another nor anything else. What is to be told is in the store before it is told for the first time.
public actor AlertController {
    /// Gives the facts; nil while they are not known yet.
    public typealias Source = @Sendable () async -> AlertInput?

    /// How a receiver does.
    struct Standing: Sendable {
        var lastDelivery: Date?
        var failures = 0
        var lastError: String?
        var nextAttempt: Date?
    }

    fileprivate struct Worker {
        let receiver: AlertReceiver
        let task: Task<Void, Never>
    }

    /// One time in office.
    struct Office {
        let permission: Fencing.Permission
        var keeper: AlertKeeper
        var isLoaded = false
        var looking: Task<Void, Never>?
        fileprivate var workers: [String: Worker] = [:]
    }

    let store: any Store
    let namespace: String
    private let leadership: any Leadership
    let time: any TimeSource
    private let logger: Logger
    private let source: Source
    private(set) var receivers: [AlertReceiver] = []
    /// Whether it is known who there is. Until then nobody who was told something is forgotten.
    private var hasReceivers = false
    private(set) var state = AlertState()
    private(set) var standings: [String: Standing] = [:]
    private(set) var office: Office?
    /// The last writing; the next waits for it.
    private var writing: Task<Void, Never>?
    private var keepingProblem: String?
    private var receiversProblem: String?
    /// Wakes a receiver's task.
    private var sleepers: [String: Task<Void, Never>] = [:]

    /// Makes a controller; it waits for ``run()``.
    ///
    /// - Parameters:
    ///   - namespace: where the alerts are kept and the receivers' Secrets are: the one of cluster resources.
    ///   - logger: gets what fires, what is over, and what cannot be delivered; never a token or the path of a URL.
    public init(
        store: any Store, namespace: String, leadership: any Leadership, time: any TimeSource = SystemTime(), logger: Logger,
        source: @escaping Source
    ) {
        self.store = store
        self.namespace = namespace
        self.leadership = leadership
        self.time = time
        self.logger = logger
        self.source = source
    }

    /// Puts receivers in force, in place of those before.
    public func adopt(_ set: AlertReceiverSet) {
        receiversProblem = nil
        guard set.receivers != receivers || !hasReceivers else { return }
        hasReceivers = true
        receivers = set.receivers
        let names = Set(receivers.map(\.name))
        standings = standings.filter { names.contains($0.key) }
        guard office?.isLoaded == true else { return }
        state.keep(receivers: names)
        syncWorkers()
    }

    /// Notes that receivers were not adopted, since their documents are wrong; those of before stay.
    public func refuse(_ why: String) {
        if receiversProblem != why { logger.error("alert receivers are refused", metadata: ["error": "\(why)"]) }
        receiversProblem = why
    }

    /// What keeps alerts from being kept or told; empty when nothing does. Receivers that fail are in the ``report()``.
    public var problems: [String] {
        [receiversProblem.map { "the AlertReceivers are refused, the previous ones stay in force: \($0)" }, keepingProblem].compactMap {
            $0
        }
    }

    /// Works whenever this process leads, until the task is cancelled. Nothing is lost by that.
    public func run() async {
        for await isLeader in leadership.changes() {
            if isLeader { begin() } else { await end() }
        }
        await end()
    }

    // MARK: Office

    private func begin() {
        guard office == nil, let term = leadership.term() else { return }
        let permission = Fencing.Permission { [leadership] in leadership.term() == term }
        office = Office(permission: permission, keeper: AlertKeeper(store: store, namespace: namespace, permission: permission))
        office?.looking = Task { await look() }
    }

    private func end() async {
        guard let ended = office else { return }
        let tasks = ended.workers.values.map(\.task) + [ended.looking].compactMap { $0 }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        await writing?.value
        office = nil
        sleepers = [:]
        standings = [:]
        state = AlertState()
    }

    private func look() async {
        while !Task.isCancelled {
            if office?.isLoaded != true { await load() }
            // Right after the start the facts come within seconds.
            let isEarly = if office?.isLoaded == true { await !evaluate() } else { false }
            let wait = isEarly ? AlertLimits.factsInterval : AlertLimits.evaluationInterval
            guard (try? await time.sleep(for: wait)) != nil else { return }
        }
    }

    private func load() async {
        guard var keeper = office?.keeper else { return }
        do throws(StoreError) {
            let records = try await keeper.load()
            guard office != nil else { return }
            state = AlertState(records: records)
            if hasReceivers { state.keep(receivers: Set(receivers.map(\.name))) }
            office?.keeper = keeper
            office?.isLoaded = true
            keepingProblem = nil
            syncWorkers()
        } catch {
            note(keepingProblem: "the alerts of before cannot be read, so nothing is told: \(error)")
        }
    }

    /// Looks at the facts once.
    ///
    /// - Returns: whether there were any.
    @discardableResult
    func evaluate() async -> Bool {
        guard let input = await source(), office != nil, !Task.isCancelled else { return false }
        let transitions = state.step(AlertRules.findings(input), now: time.now())
        for transition in transitions.prefix(AlertController.transitionsLoggedMax) { log(transition) }
        if transitions.count > AlertController.transitionsLoggedMax {
            logger.warning("more alerts changed than are logged", metadata: ["count": "\(transitions.count)"])
        }
        await keep()
        if !transitions.isEmpty { for name in Array(sleepers.keys) { wake(name) } }
        return true
    }

    // MARK: Keeping

    /// Makes everything durable that is not. Returns after the try; what could not be written is tried again.
    private func keep() async {
        let before = writing
        let task = Task {
            await before?.value
            await write()
        }
        writing = task
        await task.value
    }

    private func write() async {
        var conflicts = 0
        while let shard = state.dirty.min(), office != nil {
            let records = state.records(in: shard)
            guard var keeper = office?.keeper else { return }
            state.dirty.remove(shard)
            do {
                try await keeper.save(records, shard)
                office?.keeper = keeper
                note(keepingProblem: nil)
            } catch let error as StoreError where error.code == .conflict && conflicts < AlertController.conflictsMax {
                conflicts += 1
                state.dirty.insert(shard)
                guard let stored = try? await keeper.load(shard) else { return }
                office?.keeper = keeper
                state.merge(stored)
            } catch {
                state.dirty.insert(shard)
                // It is told nevertheless: an API server that is away is no reason to be silent.
                note(keepingProblem: "alerts cannot be kept, so after a restart they may be told twice: \(error)")
                return
            }
        }
    }

    private func note(keepingProblem problem: String?) {
        if let problem, keepingProblem == nil { logger.error("alerts cannot be kept", metadata: ["error": "\(problem)"]) }
        keepingProblem = problem
    }

    // MARK: Telling

    private func syncWorkers() {
        guard let workers = office?.workers else { return }
        for (name, worker) in workers where receivers.first(where: { $0.name == name }) != worker.receiver {
            worker.task.cancel()
            office?.workers[name] = nil
        }
        for receiver in receivers where office?.workers[receiver.name] == nil {
            do throws(HTTPClientError) {
                let delivery = try AlertDelivery(receiver, store: store, namespace: namespace)
                let former = workers[receiver.name]?.task
                let task = Task {
                    // Never two tries for one receiver at a time.
                    await former?.value
                    await tell(delivery)
                }
                office?.workers[receiver.name] = Worker(receiver: receiver, task: task)
            } catch {
                failed(receiver.name, "no connection can be made: \(error)", retryAfter: nil)
            }
        }
    }

    /// Tells one receiver what is due, until cancelled.
    private func tell(_ delivery: AlertDelivery) async {
        while !Task.isCancelled, let permission = office?.permission {
            let now = time.now()
            let plan = NotificationPlanner(receiver: delivery.receiver, now: now).plan(state)
            let held = nextAttempt(delivery.receiver.name, now)
            if let notification = plan.due.first, held.map({ $0 <= now }) ?? true {
                // What was not written when it began to fire is tried once more.
                if !state.dirty.isEmpty { await keep() }
                guard permission.isStanding, !Task.isCancelled else { break }
                await deliver(notification, by: delivery)
            } else {
                await pause(delivery.receiver.name, until: plan.due.isEmpty ? plan.next : held)
            }
        }
        await delivery.shutdown()
    }

    /// When a receiver may be tried again; nil for now. No wait is longer than the longest, whatever the clock says.
    private func nextAttempt(_ name: String, _ now: Date) -> Date? {
        guard let next = standings[name]?.nextAttempt else { return nil }
        guard next.timeIntervalSince(now) > AlertLimits.retryAfterMax.seconds else { return next }
        standings[name]?.nextAttempt = nil
        return nil
    }

    /// Tries to deliver once.
    private func deliver(_ notification: AlertNotification, by delivery: AlertDelivery) async {
        let name = delivery.receiver.name
        let outcome = await delivery.send(notification, now: time.now())
        guard office != nil, !Task.isCancelled else { return }
        switch outcome {
        case .delivered:
            if standings[name]?.lastError != nil {
                logger.notice("an alert receiver takes alerts again", metadata: ["receiver": "\(name)"])
            }
            standings[name] = Standing(lastDelivery: time.now())
            state.note(notification.told, to: name, at: time.now())
            await keep()
        case .failed(let why, let retryAfter): failed(name, why, retryAfter: retryAfter)
        }
    }

    private func failed(_ name: String, _ why: String, retryAfter: Duration?) {
        var standing = standings[name] ?? Standing()
        standing.failures += 1
        let ladder = AlertLimits.retryMin.seconds * Double(1 << min(standing.failures - 1, 10))
        // A fifth to either side, so that several receivers behind one door do not knock together.
        let wait = min(ladder, AlertLimits.retryMax.seconds) * Double.random(in: 0.8...1.2)
        let asked = min(retryAfter?.seconds ?? 0, AlertLimits.retryAfterMax.seconds)
        standing.nextAttempt = time.now().addingTimeInterval(max(wait, asked))
        if standing.lastError != why {
            logger.warning(
                "alerts cannot be delivered and are tried again",
                metadata: ["receiver": "\(name)", "error": "\(why)", "failures": "\(standing.failures)"])
        }
        standing.lastError = why
        standings[name] = standing
    }

    /// Waits until then, or until ``wake(_:)``, or until cancelled.
    private func pause(_ name: String, until moment: Date?) async {
        let wait = moment.map { $0.timeIntervalSince(time.now()) } ?? AlertLimits.pauseMax.seconds
        let duration = Duration.milliseconds(Int64((min(max(wait, 0.001), AlertLimits.pauseMax.seconds) * 1000).rounded(.up)))
        let sleeper = Task { [time] in _ = try? await time.sleep(for: duration) }
        sleepers[name] = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
    }

    private func wake(_ name: String) {
        sleepers.removeValue(forKey: name)?.cancel()
    }

    private func log(_ transition: AlertState.Transition) {
        let record = transition.record
        var metadata: Logger.Metadata = [
            "alert": "\(record.rule.name)", "severity": "\(record.severity.rawValue)", "object": "\(record.subject.words)",
        ]
        if let host = record.subject.host { metadata["host"] = "\(host)" }
        switch transition {
        case .fired:
            metadata["summary"] = "\(record.summary)"
            logger.warning("alert fires", metadata: metadata)
        case .resolved: logger.notice("alert is resolved", metadata: metadata)
        }
    }

    /// Lines that one look at the facts may log.
    private static let transitionsLoggedMax = 20
    /// Times that a Secret may change between reading and writing it. Two leaders rarely meet twice.
    private static let conflictsMax = 5
}
