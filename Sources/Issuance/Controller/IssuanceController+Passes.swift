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
        for target in plan.needlessRecords(now: now) where running[target] == nil { clean(target) }
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
        tasksStarted += 1
        let id = tasksStarted
        let attempt = IssuanceAttempt(
            item: item, issuerName: name, issuer: issuer, context: context, isForced: plan.isForcedNow(target),
            mayOrder: { [weak self] issuer in await self?.mayOrder(target, id, from: issuer) ?? false }
        ) { [weak self] in
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

    /// Removes a record that is not needed any more, and the tokens of its order. One that turns out to be another than the plan knows is
    /// left alone, and looked at again.
    private func clean(_ target: NamespacedName) {
        tasksStarted += 1
        let context = context
        let known = plan.records[target]
        let task = Task { [weak self] in
            var left: IssuanceRecord?
            do {
                let keeper = try await RecordKeeper(target: target, store: context.store, time: context.time)
                let stored = await keeper.record
                if stored.isNews(to: known) {
                    left = stored
                } else {
                    await context.challenges.removeAll(of: target)
                    try await keeper.delete()
                }
            } catch {
                context.logger.warning("a record could not be removed", metadata: ["secret": "\(target)", "error": "\(error)"])
            }
            await self?.cleaned(target, left)
        }
        running[target] = Running(id: tasksStarted, task: task, fingerprint: nil)
    }

    private func cleaned(_ target: NamespacedName, _ left: IssuanceRecord?) {
        running[target] = nil
        plan.setRecord(left, of: target, now: context.time.now())
        pass()
    }
}
