internal import ACME
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import Store

extension IssuanceController {
    /// Brings what runs into line with the plan: stops, starts, cleans up, sets the timer. Never waits.
    func pass() {
        guard isActive else { return }
        let now = context.time.now()
        plan.advance(to: now)
        stopUnwanted()
        startDue()
        for (target, cleaning) in plan.needlessRecords where running[target] == nil { clean(target, cleaning) }
        watch(plan.takeTouched())
        setTimer(now: now)
        changed?.yield()
    }

    private func stopUnwanted() {
        for (target, attempt) in running where attempt.fingerprint != nil && !attempt.isWriting && !attempt.isCancelled {
            if !isWanted(attempt, plan.items[target]) { cancel(target) }
        }
    }

    func isWanted(_ attempt: Running, _ item: CertificateItem?) -> Bool {
        guard let item, item.fingerprint == attempt.fingerprint else { return false }
        switch item.work {
        case .due, .backingOff: return true
        case .none, .blocked: return false
        }
    }

    func cancel(_ target: NamespacedName) {
        guard running[target]?.isCancelled == false, running[target]?.isWriting == false else { return }
        running[target]?.isCancelled = true
        running[target]?.task.cancel()
        context.logger.info("stopped an issuance", metadata: ["secret": "\(target)"])
    }

    private func startDue() {
        let now = context.time.now()
        while running.count < IssuanceLimits.issuancesAtOnceMax, let item = plan.takeNext(now: now, budgets: board.budgets) {
            // What the attempt will spend counts at once, or all would begin and find nothing left.
            if let order = item.order { board.promise(order, of: item.secret, at: now) }
            guard start(item) else {
                ended(item.secret)
                plan.hold(item.secret, until: now.addingTimeInterval(IssuanceLimits.sleepMax.seconds), "there is nobody to ask")
                continue
            }
        }
    }

    /// Notes that nobody works on a Secret any more.
    func ended(_ target: NamespacedName) {
        let now = context.time.now()
        running[target] = nil
        progress.removeAll(of: target)
        // What it did not spend may be somebody else's.
        if board.keep(target, at: now) { plan.releaseQueued() }
        plan.giveBack(target, now: now)
    }

    /// Tells those who look at certificates from time to time which ones there are.
    private func watch(_ targets: Set<NamespacedName>) {
        guard !targets.isEmpty else { return }
        let subjects = Dictionary(uniqueKeysWithValues: targets.map { ($0, plan.renewalInfoSubject($0)) })
        let served = revocations == nil ? [:] : Dictionary(uniqueKeysWithValues: targets.map { ($0, plan.revocationSubject($0)) })
        let (renewalInfo, revocations) = (context.renewalInfo, revocations)
        // In order, since an actor may take calls from several tasks in any.
        let before = watching
        watching = Task {
            await before?.value
            await renewalInfo.follow(subjects)
            await revocations?.follow(served)
        }
    }

    /// Begins an attempt.
    ///
    /// - Returns: false when there is nobody to ask.
    private func start(_ item: CertificateItem) -> Bool {
        guard case .issue(let name) = item.desired.wish else { return false }
        let issuers = plan.issuers
        let candidates = issuers.candidates(for: name, item.desired)
        guard !candidates.isEmpty else { return false }
        let target = item.secret
        tasksStarted += 1
        let id = tasksStarted
        let attempt = IssuanceAttempt(
            item: item, candidates: candidates, origins: issuers.origins(of: name, for: item.desired), context: context,
            here: addresses(of: item.desired.ingresses),
            isForced: plan.isForcedNow(target, now: context.time.now()),
            trace: context.traces.map { AttemptTrace(item, issuer: name, time: context.time, sink: $0) },
            mayOrder: { [weak self] issuer in await self?.mayOrder(target, id, from: issuer) ?? false }
        ) { [weak self] in
            await self?.beginWriting(target, id) ?? false
        }
        context.logger.info(
            "issuing a certificate",
            metadata: ["secret": "\(target)", "issuer": "\(name)", "reason": "\(item.reason?.rawValue ?? "")"])
        let task = Task { [weak self] in
            let result = await attempt.run()
            attempt.trace?.end(result.outcome)
            await self?.finished(target, result.outcome, result.record, notices: attempt.notices.all)
        }
        ended[target] = nil
        running[target] = Running(
            id: id, task: task, fingerprint: item.fingerprint, reason: item.reason, began: context.time.now(), progress: attempt.progress)
        note(.began, target, message: item.reason?.rawValue)
        return true
    }

    /// The addresses in the status of Ingresses; empty when one of them has a name in their place, which says nothing by itself.
    private func addresses(of ingresses: [NamespacedName]) -> [String] {
        let entries = ingresses.flatMap { plan.objects.ingresses[$0]?.loadBalancer ?? [] }
        let addresses = entries.compactMap { $0.ip.flatMap { IPAddressText.canonical($0) } }
        return addresses.count < entries.count ? [] : Array(Set(addresses)).sorted()
    }

    private func beginWriting(_ target: NamespacedName, _ id: Int) -> Bool {
        guard let attempt = running[target], attempt.id == id, !attempt.isCancelled, isWanted(attempt, plan.items[target]) else {
            return false
        }
        running[target]?.isWriting = true
        running[target]?.reason = plan.items[target]?.reason
        return true
    }

    /// Removes a record that is not needed any more, and the challenges of its order. One that turns out to be another than the plan knows
    /// is left alone, and looked at again.
    private func clean(_ target: NamespacedName, _ cleaning: RecordCleaning) {
        tasksStarted += 1
        let context = context
        let known = plan.records[target]
        let task = Task { [weak self] in
            var left: IssuanceRecord?
            do {
                let keeper = try await RecordKeeper(target: target, store: context.store, time: context.time)
                if await !keeper.record.isNews(to: known) {
                    await context.dns?.removeAll(keeper)
                    if cleaning == .everything {
                        await context.challenges.removeAll(of: target)
                        try await keeper.finish()
                    }
                }
                left = await keeper.record
            } catch {
                context.logger.warning("a record could not be removed", metadata: ["secret": "\(target)", "error": "\(error)"])
            }
            await self?.cleaned(target, left)
        }
        plan.take(target)
        running[target] = Running(id: tasksStarted, task: task, fingerprint: nil, began: context.time.now())
    }

    private func cleaned(_ target: NamespacedName, _ left: IssuanceRecord?) {
        let now = context.time.now()
        plan.setCleaned(target, isComplete: left?.presented.isEmpty ?? true, now: now)
        plan.setRecord(left, of: target, now: now)
        ended(target)
        pass()
    }
}
