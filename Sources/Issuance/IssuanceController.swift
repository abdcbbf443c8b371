internal import ACME
public import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
public import Logging
public import Routing
public import Store

/// Carries the plan out: follows the objects, issues and renews what is due, writes Secrets.
///
/// One task for each Secret at most, ``IssuanceLimits/issuancesAtOnceMax`` of them at a time, one timer for the next moment at which
/// time changes the plan. All state that must survive is in the store; a new controller over the same store goes on.
public actor IssuanceController {
    /// A task that works on a Secret.
    struct Running {
        let id: Int
        let task: Task<Void, Never>
        /// ``CertificateItem/fingerprint`` of what it works on; nil for one that only cleans up.
        let fingerprint: String?
        /// Whether the certificate is being written: from there on it is not stopped.
        var isWriting = false
        var isCancelled = false
    }

    let context: IssuanceContext
    var plan: PlanState
    var running: [NamespacedName: Running] = [:]
    private var attempts = 0
    private var isActive = false
    private var isRestored = false
    private var timer: (due: Date, task: Task<Void, Never>)?
    private var loggedProblems: [IngressProblem] = []

    /// Makes a controller; it waits for ``handle(_:certificates:)`` and ``run()``.
    ///
    /// - Parameters:
    ///   - store: Where all state is.
    ///   - settings: What the command line decided.
    ///   - ingressClasses: Which Ingresses are served.
    ///   - transports: Makes the connections to ACME CAs.
    ///   - time: The clock.
    ///   - logger: Gets what is done, and failures in the CA's words; never a key or a token.
    ///   - publish: Gets the http-01 tokens (token to key authorization) with every change, in order. When it returns, the proxy
    ///     answers them.
    public init(
        store: any Store, settings: IssuanceSettings, ingressClasses: IngressClassPolicy,
        transports: any ACMETransportFactory = HTTPClientTransportFactory(), time: any TimeSource = SystemTime(), logger: Logger,
        publish: @escaping @Sendable ([String: String]) -> Void
    ) {
        context = IssuanceContext(
            store: store, settings: settings, time: time,
            sessions: ACMESessions(store: store, settings: settings, time: time, factory: transports, logger: logger),
            challenges: HTTP01Challenges(
                store: store, namespace: settings.clusterResourceNamespace, logger: logger, sink: publish),
            logger: logger)
        plan = PlanState(ingressClasses: ingressClasses, settings: settings)
    }

    /// Takes in what changed. Updates must come in order, each after the last call returned.
    ///
    /// - Parameters:
    ///   - update: The change.
    ///   - certificates: ``Certificates/CertificateCatalog/verdicts(for:)`` of the same update, after the catalog has applied it.
    public func handle(_ update: StoreUpdate, certificates: CertificateVerdicts) async {
        if !isRestored {
            isRestored = true
            await context.challenges.restore(from: update.objects)
            await context.challenges.retain(
                targets: Set(IssuanceRecord.all(in: update.objects).values.filter { $0.order != nil }.map(\.target)))
        }
        let isRelevant = plan.apply(update, certificates, now: context.time.now())
        guard isRelevant else { return }
        logProblems()
        pass()
        // After the pass, so that attempts with an issuer that is gone are stopped rather than cut off.
        if update.changed.isEverything || !update.changed.issuers.isEmpty { await retainSessions() }
    }

    /// Works until the task is cancelled, then stops what is under way and waits for it. Nothing is lost by that.
    public func run() async {
        isActive = true
        pass()
        // Nothing ever comes from this stream; it ends when the task is cancelled.
        let (untilCancelled, continuation) = AsyncStream<Never>.makeStream()
        for await _ in untilCancelled {}
        continuation.finish()
        isActive = false
        timer?.task.cancel()
        timer = nil
        for target in running.keys { cancel(target) }
        while let next = running.values.first { await next.task.value }
        await context.sessions.retain([:])
    }

    /// What is known about every certificate, sorted by Secret.
    public func facts() -> [CertificateFact] {
        let now = context.time.now()
        return plan.items.values.sorted { $0.secret < $1.secret }.map { item in
            item.fact(isRunning: running[item.secret]?.fingerprint != nil, now: now)
        }
    }

    /// What does not get what it asks for, sorted by Ingress.
    public func problems() -> [IngressProblem] { plan.wishes.problems }

    /// Issues a certificate anew, now, whatever failed before.
    ///
    /// - Throws: ``RenewalRefusal`` when there is nothing that could be issued. It does not wait for the certificate: see ``facts()``.
    public func renew(_ secret: NamespacedName) async throws(RenewalRefusal) {
        guard let item = plan.items[secret] else { throw RenewalRefusal("no served Ingress names Secret \(secret)") }
        switch (item.desired.wish, item.target.ownership, item.work) {
        case (.serveOnly, _, _): throw RenewalRefusal("no Ingress asks for a certificate in Secret \(secret)")
        case (_, .foreign, _): throw RenewalRefusal("Secret \(secret) is not ours to write")
        case (_, _, .blocked(_, let message)): throw RenewalRefusal("Secret \(secret): \(message)")
        case (.issue, _, _), (.refused, _, _): break
        }
        await context.sessions.forgive()
        plan.setForce(.atOnce, on: secret, now: context.time.now())
        pass()
    }

    /// Issues everything that needs a certificate now, whatever failed before.
    ///
    /// - Returns: the Secrets concerned, sorted.
    public func renewAllDue() async -> [NamespacedName] {
        await context.sessions.forgive()
        let now = context.time.now()
        let due = plan.items.values.filter { item in
            switch item.work {
            case .due, .backingOff: true
            case .none, .blocked: false
            }
        }.map(\.secret).sorted()
        for secret in due { plan.setForce(.atOnce, on: secret, now: now) }
        pass()
        return due
    }
}

extension IssuanceController {
    /// Brings what runs into line with the plan: stops, starts, cleans up, sets the timer. Never waits.
    func pass() {
        guard isActive else { return }
        let now = context.time.now()
        plan.advance(to: now)
        stopUnwanted()
        startDue()
        for target in plan.needlessRecords(now: now) where running[target] == nil { clean(target) }
        setTimer(now: now)
    }

    private func stopUnwanted() {
        for (target, attempt) in running where attempt.fingerprint != nil && !attempt.isWriting && !attempt.isCancelled {
            if !isWanted(attempt, plan.items[target]) { cancel(target) }
        }
    }

    private func isWanted(_ attempt: Running, _ item: CertificateItem?) -> Bool {
        guard let item, item.fingerprint == attempt.fingerprint else { return false }
        switch item.work {
        case .due, .backingOff: return true
        case .none, .blocked: return false
        }
    }

    private func cancel(_ target: NamespacedName) {
        guard running[target]?.isCancelled == false, running[target]?.isWriting == false else { return }
        running[target]?.isCancelled = true
        running[target]?.task.cancel()
        context.logger.info("stopped an issuance", metadata: ["secret": "\(target)"])
    }

    private func startDue() {
        let free = IssuanceLimits.issuancesAtOnceMax - running.count
        guard free > 0 else { return }
        let due = plan.items.values.filter { item in
            if case .due = item.work { running[item.secret] == nil } else { false }
        }
        let chosen = due.count <= free ? due : Array(due.sorted { WorkOrder($0) < WorkOrder($1) }.prefix(free))
        for item in chosen { start(item) }
    }

    private func start(_ item: CertificateItem) {
        guard case .issue(let name) = item.desired.wish,
            let issuer = plan.objects.issuers[name.object(from: item.secret.namespace)]
        else { return }
        let target = item.secret
        attempts += 1
        let id = attempts
        let attempt = IssuanceAttempt(item: item, issuerName: name, issuer: issuer, context: context) { [weak self] in
            await self?.beginWriting(target, id) ?? false
        }
        context.logger.info(
            "issuing a certificate",
            metadata: ["secret": "\(target)", "issuer": "\(name)", "reason": "\(item.reason?.rawValue ?? "")"])
        let task = Task { [weak self] in
            let result = await attempt.run()
            await self?.finished(target, result.outcome, result.record)
        }
        running[target] = Running(id: id, task: task, fingerprint: item.fingerprint)
    }

    private func beginWriting(_ target: NamespacedName, _ id: Int) -> Bool {
        guard let attempt = running[target], attempt.id == id, !attempt.isCancelled, isWanted(attempt, plan.items[target]) else {
            return false
        }
        running[target]?.isWriting = true
        return true
    }

    /// Removes a record that is not needed any more, and the tokens of its order.
    private func clean(_ target: NamespacedName) {
        attempts += 1
        let context = context
        let task = Task { [weak self] in
            await context.challenges.removeAll(of: target)
            do {
                try await context.store.deleteSecret(IssuanceRecord.secretName(for: target), expecting: .any)
            } catch {
                context.logger.warning("a record could not be removed", metadata: ["secret": "\(target)", "error": "\(error)"])
            }
            await self?.cleaned(target)
        }
        running[target] = Running(id: attempts, task: task, fingerprint: nil)
    }

    private func cleaned(_ target: NamespacedName) {
        running[target] = nil
        plan.setRecord(nil, of: target, now: context.time.now())
        pass()
    }
}

extension IssuanceController {
    private func finished(_ target: NamespacedName, _ outcome: IssuanceAttempt.Outcome, _ record: IssuanceRecord?) {
        let now = context.time.now()
        running[target] = nil
        if let record { plan.setRecord(record, of: target, now: now) }
        switch outcome {
        case .issued(let secret): plan.setWritten(secret, now: now)
        case .notNeeded(let secret):
            plan.setForce(nil, on: target, now: now)
            if let secret { plan.setWritten(secret, now: now) }
        case .cancelled: break
        case .notOurs(let reason):
            context.logger.notice("a certificate is not issued", metadata: ["secret": "\(target)", "reason": "\(reason)"])
            plan.setUnwritable(target, now: now)
        case .failed(let error, let failure): failed(target, error, failure, now: now)
        }
        pass()
    }

    private func failed(_ target: NamespacedName, _ error: IssuanceError, _ failure: FailureRecord, now: Date) {
        context.logger.log(
            level: error.fault == .ours ? .error : .warning, "issuing a certificate failed",
            metadata: [
                "secret": "\(target)", "error": "\(error)", "fault": "\(error.fault.rawValue)", "failures": "\(failure.count)",
                "nextAttempt": "\(failure.nextAttempt.formatted(.iso8601))",
            ])
        // Also when the store did not take it: within this process the ladder applies.
        var record = plan.records[target] ?? IssuanceRecord(target: target, updated: now)
        record.failure = failure
        plan.setRecord(record, of: target, now: now)
        if plan.isForced(target) { plan.setForce(.afterBackoff, on: target, now: now) }
    }

    private func setTimer(now: Date) {
        let latest = now.addingTimeInterval(IssuanceLimits.sleepMax.seconds)
        let due = min(plan.nextChange(after: now) ?? latest, latest)
        if let timer, timer.due == due || (due == latest && timer.due > now && timer.due <= latest) { return }
        timer?.task.cancel()
        let time = context.time
        let task = Task { [weak self] in
            // Counted from when the task gets to run, which on a busy machine is later than now.
            let wait = max(0, due.timeIntervalSince(time.now()))
            guard (try? await time.sleep(for: .milliseconds(Int64((wait * 1000).rounded(.up))))) != nil else { return }
            await self?.timerFired()
        }
        timer = (due, task)
    }

    private func timerFired() {
        timer = nil
        pass()
    }

    private func retainSessions() async {
        var issuers: [NamespacedName: ACMEIssuerSpec] = [:]
        for (name, issuer) in plan.objects.issuers {
            if case .acme(let spec) = issuer.spec { issuers[name] = spec }
        }
        await context.sessions.retain(issuers)
    }

    private func logProblems() {
        let problems = plan.wishes.problems
        for problem in Set(problems).subtracting(loggedProblems) {
            context.logger.warning(
                "an Ingress does not get what it asks for",
                metadata: [
                    "ingress": "\(problem.ingress)", "secret": "\(problem.secretName ?? "")", "reason": "\(IngressProblem.reason)",
                    "message": "\(problem.message)",
                ])
        }
        loggedProblems = problems
    }
}

/// Why ``IssuanceController/renew(_:)`` did nothing.
public struct RenewalRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence for an operator.
    public let message: String

    init(_ message: String) { self.message = message }

    /// The sentence.
    public var description: String { message }
}
