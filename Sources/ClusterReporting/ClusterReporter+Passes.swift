internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import Issuance
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Store

extension ClusterReporter {
    /// Tells what is not told yet, as much of it as one pass may.
    func pass() async {
        if let facts = await issuance.takeFactsAtTakeover() { takeOver(facts) }
        guard leadership.isLeader() else { return resign() }
        guard told != nil else { return }
        let areas = due
        due = []
        let tellsCertificates = areas.contains(.certificates) && settings.writesCertificateStatus
        let facts = areas.contains(.events) || tellsCertificates ? await issuance.facts() : []
        if areas.contains(.events) { await tellEvents(facts) }
        var next: Date?
        if areas.contains(.ingresses), let planner = settings.ingressStatus {
            complain(planner.complaint(objects))
            next = earlier(next, await write(planner.writes(objects), .ingresses))
        }
        if areas.contains(.issuers), settings.writesIssuerStatus {
            next = earlier(next, await tellIssuers())
        }
        if tellsCertificates {
            let problems = await issuance.certificateProblems()
            let bySecret = Dictionary(facts.map { ($0.secret, $0) }) { $1 }
            let writes = CertificateStatusPlanner.writes(objects, bySecret, problems, now: time.now())
            next = earlier(next, await write(writes, .certificates))
        }
        if let next { look(at: next) }
    }

    private func earlier(_ left: Date?, _ right: Date?) -> Date? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    private func tellEvents(_ facts: [CertificateFact]) async {
        let ingressProblems = await issuance.problems()
        let certificateProblems = await issuance.certificateProblems()
        let problems = Set(ingressProblems.compactMap { ReportedProblem($0) } + certificateProblems.compactMap { ReportedProblem($0) })
        guard let before = told, leadership.isLeader() else { return }
        let (events, state) = EventPlanner.events(
            from: before, facts: facts, problems: problems.union(otherProblems).union(ReportedProblem.denials(of: facts)), objects)
        for event in events { recorder.record(event) }
        told = state
    }

    private func tellIssuers() async -> Date? {
        let facts = await issuance.issuerFacts()
        let ours = facts.filter { fact in objects.issuers[fact.issuer].map(IssuerStatusPlanner.isOurs) ?? false }
        let missing = ours.filter { fact in
            switch fact.readiness {
            case .unknown, .accountFailed: true
            case .accountRegistered, .keyPairVerified, .keyPairMissing, .keyPairInvalid, .ready: false
            }
        }
        let next = await write(IssuerStatusPlanner.writes(objects, facts, now: time.now()), .issuers)
        guard !missing.isEmpty, leadership.isLeader() else { return next }
        await issuance.registerAccounts(of: Set(missing.map(\.issuer)))
        return earlier(next, time.now().addingTimeInterval(Pace.accountInterval.seconds))
    }

    private func complain(_ complaint: String?) {
        if let complaint, complaint != self.complaint {
            logger.warning("something cannot be told to the cluster", metadata: ["problem": "\(complaint)"])
        }
        self.complaint = complaint
    }
}

extension ClusterReporter {
    /// Writes those statuses of an area whose turn it is.
    ///
    /// - Parameter wanted: All that are not as they should be.
    /// - Returns: when to look again at those that have to wait.
    func write(_ wanted: [StatusWrite], _ area: Area) async -> Date? {
        var pacer = pacers[area] ?? StatusPacer()
        let now = time.now()
        pacer.retain(Set(wanted.map(\.target)), now: now)
        var writes: [StatusWrite] = []
        var next: Date?
        for write in wanted {
            guard writes.count < Pace.writesMax else {
                lookSoon(area)
                break
            }
            switch pacer.decide(write, now: now) {
            case .write: writes.append(write)
            case .wait(let until): next = earlier(next, until)
            case .giveUp(let isNew): if isNew { warnAboutFight(write) }
            }
        }
        pacers[area] = pacer
        return earlier(next, await send(writes, area))
    }

    private func warnAboutFight(_ write: StatusWrite) {
        logger.warning(
            "another controller keeps rewriting a status; it is left alone until something else is to stand there",
            metadata: [
                "object": "\(write.target.kind.rawValue) \(write.target.name)", "rewrites": "\(StatusPacer.rewritesMax)",
                "within": "\(StatusPacer.fightWindow)",
            ])
    }

    private func send(_ writes: [StatusWrite], _ area: Area) async -> Date? {
        var next: Date?
        await withTaskGroup(of: (StatusWrite, Result<Void, APIError>).self) { group in
            var waiting = writes.makeIterator()
            func start() {
                guard let write = waiting.next() else { return }
                group.addTask { [client, leadership] in
                    guard leadership.isLeader() else {
                        return (write, .failure(APIError(code: .cancelled, message: "this process does not lead", subject: "status")))
                    }
                    do throws(APIError) {
                        try await client.send(write)
                        return (write, .success(()))
                    } catch {
                        return (write, .failure(error))
                    }
                }
            }
            for _ in 0..<Pace.writersMax { start() }
            for await (write, result) in group {
                next = earlier(next, finished(write, result, area))
                start()
            }
        }
        return next
    }

    private func finished(_ write: StatusWrite, _ result: Result<Void, APIError>, _ area: Area) -> Date? {
        let now = time.now()
        switch result {
        case .success:
            pacers[area]?.succeeded(write.target, now: now)
            logger.debug("wrote a status", metadata: ["object": "\(write.target.kind.rawValue) \(write.target.name)"])
            return nil
        case .failure(let error):
            let next = pacers[area]?.failed(write.target, retryAfter: error.retryAfter, now: now)
            // One line for each sort of trouble: ten thousand Ingresses have the same.
            let sort = "\(area) \(error.code)"
            if error.code != .cancelled, error.code != .closed, loggedFailures.insert(sort).inserted {
                logger.warning("a status could not be written", metadata: ["error": "\(error)"])
            }
            return next
        }
    }
}
