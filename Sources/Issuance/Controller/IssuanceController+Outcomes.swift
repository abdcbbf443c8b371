internal import ACME
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import Store

extension IssuanceController {
    func finished(
        _ target: NamespacedName, _ outcome: IssuanceAttempt.Outcome, _ record: IssuanceRecord?, notices: [String]
    ) {
        let now = context.time.now()
        outcomes.count(outcome)
        plan.setNotices(notices, of: target)
        if let record { plan.setRecord(record, of: target, now: now) }
        remember(outcome, of: target, now: now)
        switch outcome {
        case .issued(let secret, let timestamps):
            let reason = running[target]?.reason
            if plan.items[target] != nil, reason != .secretTemplateMismatch {
                plan.setIssued(target, reason, timestamps: timestamps, now: now)
            }
            plan.setWritten(secret, now: now)
            if reason != .secretTemplateMismatch, let directory = secret.metadata.annotations[ObjectKeys.directoryAnnotation] {
                plan.noteAnswer(of: directory)
            }
        case .notNeeded(let secret):
            plan.setForce(nil, on: target, now: now)
            if let secret { plan.setWritten(secret, now: now) }
        case .cancelled, .postponed: break
        case .notOurs(let reason):
            context.logger.notice("a certificate is not issued", metadata: ["secret": "\(target)", "reason": "\(reason)"])
            plan.setUnwritable(target, now: now)
        case .failed(let error, let failure): failed(target, error, failure, now: now)
        }
        ended(target)
        // The plan let it through, so it knows less than the ledger; without this it would do so again at once.
        if case .postponed(let until, let reason) = outcome {
            context.logger.info(
                "a certificate waits for a limit of its CA",
                metadata: ["secret": "\(target)", "nextAttempt": "\(until.formatted(.iso8601))", "reason": "\(reason)"])
            plan.hold(target, until: until, reason)
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
        if error.cause == .unreachable {
            plan.noteUnreachable(target, retryAfter: error.retryAfter, now: now)
        } else if error.cause.isAnswerOfCA, let directory = plan.items[target]?.directory {
            plan.noteAnswer(of: directory)
        }
        if plan.isForced(target) { plan.setForce(.afterBackoff, on: target, now: now) }
        // An order without a certificate gives back what it had taken.
        plan.releaseQueued()
    }

    func setTimer(now: Date) {
        let latest = now.addingTimeInterval(IssuanceLimits.sleepMax.seconds)
        let due = min(plan.nextChange() ?? latest, latest)
        if let timer, timer.due == due || (due == latest && timer.due > now && timer.due <= latest) { return }
        timer?.task.cancel()
        let time = context.time
        tasksStarted += 1
        let id = tasksStarted
        let task = Task { [weak self] in
            guard (try? await time.sleep(until: due)) != nil else { return }
            await self?.timerFired(id)
        }
        timer = Timer(id: id, due: due, task: task)
    }

    private func timerFired(_ id: Int) {
        // One that was replaced just as it fired must not take the place of the one that replaced it.
        guard timer?.id == id else { return }
        timer = nil
        pass()
    }

    func retainSessions() async {
        var issuers: [NamespacedName: ACMEIssuerSpec] = [:]
        for (name, issuer) in plan.objects.issuers {
            if case .acme(let spec) = issuer.spec { issuers[name] = spec }
            if let rehearsal = issuer.rehearsal { issuers[rehearsal.issuer] = rehearsal.spec }
        }
        await context.sessions.retain(issuers)
    }

    func logProblems() {
        let problems = plan.wishes.problems
        for problem in Set(problems).subtracting(loggedProblems) {
            context.logger.warning(
                "an Ingress does not get what it asks for",
                metadata: [
                    "ingress": "\(problem.ingress)", "secret": "\(problem.secretName ?? "")", "reason": "\(IngressProblem.reason)",
                    "problem": "\(problem.message)",
                ])
        }
        loggedProblems = problems
    }
}
