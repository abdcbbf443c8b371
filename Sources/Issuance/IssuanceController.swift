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

    /// The one wait for the next moment at which time changes the plan.
    struct Timer {
        let id: Int
        let due: Date
        let task: Task<Void, Never>
    }

    /// Yields, while the controller works, whenever ``facts()``, ``problems()`` or ``issuerFacts()`` may be different; several
    /// changes become one. For one reader.
    public nonisolated let changes: AsyncStream<Void>
    let changed: AsyncStream<Void>.Continuation
    let context: IssuanceContext
    var plan: PlanState
    var running: [NamespacedName: Running] = [:]
    /// Numbers tasks, so that one which is late is told from the one in its place.
    var tasksStarted = 0
    private(set) var isActive = false
    private var isRestored = false
    var timer: Timer?
    var loggedProblems: [IngressProblem] = []

    /// Makes a controller; it waits for ``handle(_:certificates:)`` and ``run()``.
    ///
    /// - Parameters:
    ///   - store: Where all state is.
    ///   - settings: What the command line decided.
    ///   - ingressClasses: Which Ingresses are served.
    ///   - transports: Makes the connections to ACME CAs.
    ///   - time: The clock.
    ///   - logger: Gets what is done, and failures in the CA's words; never a key or a token.
    ///   - published: Waits until the proxy answers everything that `publish` got before; a CA is told to look only after that.
    ///   - publish: Gets the http-01 tokens (token to key authorization) with every change, in order.
    public init(
        store: any Store, settings: IssuanceSettings, ingressClasses: IngressClassPolicy,
        transports: any ACMETransportFactory = HTTPClientTransportFactory(), time: any TimeSource = SystemTime(), logger: Logger,
        published: @escaping @Sendable () async -> Void = {}, publish: @escaping @Sendable ([String: String]) -> Void
    ) {
        context = IssuanceContext(
            store: store, settings: settings, time: time,
            sessions: ACMESessions(store: store, settings: settings, time: time, factory: transports, logger: logger),
            challenges: HTTP01Challenges(
                store: store, namespace: settings.clusterResourceNamespace, logger: logger, settled: published, sink: publish),
            logger: logger)
        plan = PlanState(ingressClasses: ingressClasses, settings: settings)
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
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
        // Registrations belong to all who wait for them, so they are not ended by the end of one.
        await context.sessions.stop()
        while let next = running.values.first { await next.task.value }
    }

    /// What is known about every certificate, sorted by Secret.
    public func facts() -> [CertificateFact] {
        let now = context.time.now()
        return plan.items.values.sorted { $0.secret < $1.secret }.map { item in
            var fact = item.fact(isRunning: running[item.secret]?.fingerprint != nil, now: now)
            let issued = plan.issued[item.secret]
            fact.issued = issued?.at
            fact.issuedReason = issued?.reason?.rawValue
            return fact
        }
    }

    /// What does not get what it asks for, sorted by Ingress.
    public func problems() -> [IngressProblem] { plan.wishes.problems }

    /// Certificates that do not get what they ask for, sorted.
    public func certificateProblems() -> [CertificateResourceProblem] { plan.wishes.certificateProblems }

    /// Issues a certificate anew, now, whatever failed before.
    ///
    /// - Throws: ``RenewalRefusal`` when there is nothing that could be issued. It does not wait for the certificate: see ``facts()``.
    public func renew(_ secret: NamespacedName) async throws(RenewalRefusal) {
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
