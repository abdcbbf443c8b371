internal import ACME
public import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
public import Logging
public import Policies
public import Routing
public import Store
public import Telemetry

/// Carries the plan out: follows the objects, issues and renews what is due, writes Secrets.
///
/// One task for each Secret at most, ``IssuanceLimits/issuancesAtOnceMax`` of them at a time, one timer for the next moment at which
/// time changes the plan. All state that must survive is in the store; a new controller over the same store goes on.
///
/// Of several controllers over one store only the leader acts; the others follow, and know as much as the store shows. A controller that
/// does not lead any more stops what is under way, without counting a failure and without deleting anything, and leaves the rest to the
/// next leader, which reads records, accounts and tokens anew and goes on with the same orders.
public actor IssuanceController {
    /// A task that works on a Secret.
    struct Running {
        let id: Int
        let task: Task<Void, Never>
        /// ``CertificateItem/fingerprint`` of what it works on; nil for one that only cleans up.
        let fingerprint: String?
        /// Why; nil for one that only cleans up. Kept, since an update may show the new certificate before the task has ended.
        var reason: IssueReason?
        /// When it began.
        let began: Date
        /// How far its order is; nil for one that only cleans up.
        var progress: OrderProgressBoard?
        /// Whether the certificate is being written: from there on it is not stopped.
        var isWriting = false
        var isCancelled = false
    }

    /// The one wait for the next moment at which time changes the plan.
    struct Timer {
        let id: Int
        let due: Date
        let task: Task<Void, Never>
    }

    /// Tells the reader of ``changes()``.
    private(set) var changed: AsyncStream<Void>.Continuation?
    /// The facts as they were when it last began to act, for the reader of ``changes()``.
    private var factsAtTakeover: [CertificateFact]?
    /// Of the present time in office, or of the last one.
    private(set) var context: IssuanceContext
    let leadership: any Leadership
    let table: ChallengeTable
    /// What is left of the limits of CAs.
    let board: BudgetBoard
    /// Where the challenges of orders under way stand.
    let progress = ChallengeProgress()
    /// How attempts have ended.
    var outcomes = IssuanceNumbers.Outcomes()
    private let means: IssuanceMeans
    var plan: PlanState
    var running: [NamespacedName: Running] = [:]
    /// Numbers tasks, so that one which is late is told from the one in its place.
    var tasksStarted = 0
    /// Whether it acts: it leads, and has taken over what there was.
    private(set) var isActive = false
    /// The objects of the newest update, and how many there were; nil before the first.
    private var latest: (objects: ObjectSet, number: Int)?
    var timer: Timer?
    /// Looks whether certificates are revoked, while it acts.
    var revocations: RevocationKeeper?
    /// The last message to those who look at certificates from time to time.
    var watching: Task<Void, Never>?
    var loggedProblems: [IngressProblem] = []
    /// How far the orders came that failed last.
    var ended: [NamespacedName: OrderProgress] = [:]
    /// What happened lately.
    var happenings: HappeningLog
    /// Probes of `certctl check` that are answered now.
    var probes = 0

    /// Makes a controller; it waits for ``handle(_:certificates:)`` and ``run()``.
    ///
    /// - Parameters:
    ///   - store: Where all state is.
    ///   - settings: What the command line decided, and the limits of CAs until ``adopt(_:limits:)``.
    ///   - ingressClasses: Which Ingresses are served.
    ///   - transports: Makes the connections to ACME CAs.
    ///   - time: The clock.
    ///   - logger: Gets what is done, and failures in the CA's words; never a key or a token.
    ///   - protocolLogger: Gets what is said to CAs, step by step; nil for `logger`.
    ///   - leadership: Whether this process may act.
    ///   - policies: Who may have which certificate, until ``adopt(_:limits:)``.
    ///   - published: Waits until the proxy answers everything that `publish` got before; a CA is told to look only after that.
    ///   - dns: Where names are looked up and dns-01 records are written; nil for nowhere.
    ///   - selfCheck: Looks at challenges before a CA is told to; nil to tell it at once.
    ///   - revocation: Tells whether certificates are revoked; nil for nobody asks.
    ///   - traces: Takes a trace of each attempt; nil for nobody looks at them.
    ///   - publish: Gets all challenges that the proxy answers with every change, in order.
    public init(
        store: any Store, settings: IssuanceSettings, ingressClasses: IngressClassPolicy,
        transports: any ACMETransportFactory = HTTPClientTransportFactory(), time: any TimeSource = SystemTime(), logger: Logger,
        protocolLogger: Logger? = nil, leadership: any Leadership = AlwaysLeader(), policies: IssuancePolicySet,
        dns: (any IssuanceDNS)? = nil,
        selfCheck: SelfCheck? = nil, revocation: RevocationChecker? = nil, traces: (any TraceSink)? = nil,
        published: @escaping @Sendable () async -> Void = {},
        publish: @escaping @Sendable (ChallengeAnswers) -> Void
    ) {
        self.leadership = leadership
        table = ChallengeTable(namespace: settings.clusterResourceNamespace, settled: published, sink: publish)
        board = BudgetBoard(limits: settings.caLimits)
        means = IssuanceMeans(
            store: store, settings: settings, time: time, transports: transports, dns: dns,
            programs: PermittedPrograms(
                startsPrograms: settings.startsPrograms, includesNamespaced: settings.namespacedIssuersStartPrograms),
            selfCheck: selfCheck, revocation: revocation, table: table, board: board, progress: progress,
            logger: logger,
            protocolLogger: protocolLogger ?? logger, traces: traces)
        context = IssuanceContext(fence: LeadershipFence(leadership), means)
        plan = PlanState(ingressClasses: ingressClasses, settings: settings, policies: policies)
        happenings = HappeningLog(since: time.now())
    }

    /// Takes in what changed. Updates must come in order, each after the last call returned.
    ///
    /// - Parameters:
    ///   - update: The change.
    ///   - certificates: ``Certificates/CertificateCatalog/verdicts(for:)`` of the same update, after the catalog has applied it.
    public func handle(_ update: StoreUpdate, certificates: CertificateVerdicts) async {
        // As of now: who begins to lead while this waits has not seen what it brings.
        let isLeading = isActive
        let mustTakeOver = latest == nil && isLeading
        latest = (update.objects, (latest?.number ?? 0) + 1)
        if update.changed.isEverything || !update.changed.issuers.isEmpty { means.programs.update(update.objects.issuers.values) }
        await table.show(update)
        if mustTakeOver { await context.challenges.restore(from: update.objects) }
        if !isLeading || update.changed.isEverything { board.show(update, at: context.time.now()) }
        let isRelevant = plan.apply(update, certificates, isLeading: isLeading, now: context.time.now())
        if isActive, !mustTakeOver { await context.challenges.adopt(from: update, working: working) }
        guard isRelevant else { return }
        logProblems()
        pass()
        // After the pass, so that attempts with an issuer that is gone are stopped rather than cut off.
        if update.changed.isEverything || !update.changed.issuers.isEmpty { await retainSessions() }
    }

    /// The Secrets that an attempt works on, or that have an order.
    private var working: Set<NamespacedName> {
        plan.ordered.union(running.keys)
    }

    /// Works whenever it leads, until the task is cancelled; then it stops what is under way and waits for it. Nothing is lost by that.
    public func run() async {
        for await isLeader in leadership.changes() {
            if isLeader { await begin() } else { await end() }
        }
        await end()
    }

    /// Takes over: with nothing remembered of what an earlier leader, or this process in an earlier time in office, has done.
    private func begin() async {
        let fence = LeadershipFence(leadership)
        guard !isActive, fence.isStanding else { return }
        context = IssuanceContext(fence: fence, means)
        var restored = 0
        // An update may come meanwhile, and finds nobody who acts yet.
        while let latest, latest.number > restored {
            restored = latest.number
            await context.challenges.restore(from: latest.objects)
        }
        plan.readRecords(now: context.time.now())
        plan.touchAll()
        revocations = revocationKeeper()
        if changed != nil { factsAtTakeover = facts() }
        isActive = true
        pass()
    }

    /// Stops what is under way and waits for it. What the store was not told by now it is not told any more.
    private func end() async {
        guard isActive else { return }
        isActive = false
        timer?.task.cancel()
        timer = nil
        for target in running.keys { cancel(target) }
        // Registrations belong to all who wait for them, so they are not ended by the end of one.
        await context.sessions.stop()
        await context.renewalInfo.stop()
        await revocations?.stop()
        revocations = nil
        while let next = running.values.first { await next.task.value }
        await table.follow()
        plan.readRecords(now: context.time.now())
    }

    private func revocationKeeper() -> RevocationKeeper? {
        means.revocation.map { checker in
            RevocationKeeper(checker: checker, store: context.store, time: context.time, logger: context.logger) {
                [weak self] target, certificate, date in
                await self?.foundRevoked(target, certificate, since: date)
            }
        }
    }

    private func foundRevoked(_ target: NamespacedName, _ certificate: String, since date: Date) {
        guard isActive else { return }
        plan.setRevoked(target, certificate, since: date, now: context.time.now())
        note(.revoked, target, message: "known since \(date.formatted(.iso8601))")
        pass()
    }

    /// What is known about every certificate, sorted by Secret.
    public func facts() -> [CertificateFact] {
        let now = context.time.now()
        // Nothing else follows the time in a controller that only looks on.
        if !isActive { plan.advance(to: now) }
        let turns = plan.agenda.turns(at: now, budgets: board.budgets)
        // Names are sorted, since an item is large.
        let items = plan.items
        return items.keys.sorted().compactMap { name in items[name].map { fact(of: $0, turns[name], now: now) } }
    }

    /// What is known about one certificate; nil when nobody wants it.
    public func fact(of secret: NamespacedName) -> CertificateFact? {
        let now = context.time.now()
        if !isActive { plan.advance(to: now) }
        guard let item = plan.items[secret] else { return nil }
        let isWaiting = if case .due = item.work { running[secret] == nil } else { false }
        return fact(of: item, isWaiting ? plan.agenda.turns(at: now, budgets: board.budgets)[secret] : nil, now: now)
    }

    private func fact(of item: CertificateItem, _ turn: Agenda.Turn?, now: Date) -> CertificateFact {
        var fact = item.fact(isRunning: running[item.secret]?.fingerprint != nil, now: now)
        let issued = plan.issued[item.secret]
        if let turn { fact.setTurn(turn) }
        fact.issued = issued?.at
        fact.issuedReason = issued?.reason?.rawValue
        fact.certificateTimestamps = issued?.timestamps
        fact.notices = plan.notices[item.secret]
        fact.revoked = plan.revokedSince(item.secret)
        let progress = running[item.secret]?.progress?.snapshot ?? (item.failure == nil ? nil : ended[item.secret])
        if let progress { fact.order = progress }
        if turn != nil || progress != nil || fact.revoked != nil { fact.advise(known: item.knownAdvice, now: now) }
        return fact
    }

    /// Yields at once, and then whenever ``facts()``, ``problems()`` or ``issuerFacts()`` may be different while the controller acts;
    /// several changes become one. There is one reader: each call ends the stream of the one before.
    public func changes() -> AsyncStream<Void> {
        if isActive { factsAtTakeover = facts() }
        changed?.finish()
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        changed = continuation
        continuation.yield()
        return stream
    }

    /// The facts as they were before the controller, which has begun to act since the last call, did anything; nil if it has not. For
    /// the reader of ``changes()``, so that it takes nothing for new that was so before.
    public func takeFactsAtTakeover() -> [CertificateFact]? {
        defer { factsAtTakeover = nil }
        return factsAtTakeover
    }

    /// What does not get what it asks for, sorted by Ingress.
    public func problems() -> [IngressProblem] { plan.wishes.problems }

    /// Certificates that do not get what they ask for, sorted.
    public func certificateProblems() -> [CertificateResourceProblem] { plan.wishes.certificateProblems }

    /// Issues a certificate anew, now, whatever failed before.
    ///
    /// - Throws: ``RenewalRefusal`` when there is nothing that could be issued. It does not wait for the certificate: see ``facts()``.
    public func renew(_ secret: NamespacedName) async throws(RenewalRefusal) {
        guard leadership.isLeader() else {
            throw RenewalRefusal("this process does not lead, so it issues nothing; ask the one that does")
        }
        guard let item = plan.items[secret] else { throw RenewalRefusal("no served Ingress and no Certificate names Secret \(secret)") }
        switch (item.desired.wish, item.target.ownership, item.work) {
        case (.serveOnly, _, _): throw RenewalRefusal("nobody asks for a certificate in Secret \(secret)")
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
    /// - Returns: the Secrets concerned, sorted; none in a process that does not lead.
    public func renewAllDue() async -> [NamespacedName] {
        guard leadership.isLeader() else { return [] }
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
