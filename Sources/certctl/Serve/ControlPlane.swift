internal import Admin
internal import Alerts
internal import Certificates
internal import ClusterReporting
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import PKI
internal import Policies
internal import Proxy
internal import Routing
internal import Store
internal import Telemetry

/// Turns every store update into snapshots for the proxy and work for issuance, and knows what `status` and `routes` ask for.
actor ControlPlane {
    /// Nil in a process that serves no traffic.
    private let policies: PolicyKeeper
    private let tls: HostTLSPolicies
    let proxy: ProxyServer?
    private let stapling: StaplingKeeper?
    let issuance: IssuanceController
    /// Nil where there is no cluster to tell.
    private let reporter: ClusterReporter?
    let time: any TimeSource
    private let ingressClasses: IngressClassPolicy
    private(set) var objects = ObjectSet()
    private var compiler: RouteCompiler
    private var catalog: CertificateCatalog
    /// What visitors get; nil before the first update.
    private(set) var index: CertificateIndex?
    let alerts: ServingAlerts
    private(set) var routes = RouteTable.empty
    /// Who this process is among the replicas, and what the others serve.
    let replica: ReplicaIdentity
    let replicas: ReplicaWatch
    /// Reads the Events of the cluster about these objects, or says why it cannot; nothing with folders.
    let events: @Sendable (Set<String>) async -> (events: [HostReport.Event], problem: String?)
    /// What this process serves, until that changes.
    var servedNow: ServedReport?
    /// The same as it is sent, once somebody has asked.
    var servedPage: ServedPage?
    private var storeProblems: [StoreProblem] = []
    private var ignoredKinds: [String: Int] = [:]
    /// Whether the cluster may have to be told other problems of its Ingresses than before.
    private var ingressesChanged = false
    private let metrics: MetricsPage
    /// What the store has not given yet, before the first update.
    private let waitingFor: @Sendable () async -> [String]
    private var readiness = Readiness()
    private var serving = ServingMetrics()

    /// Whether the first snapshot is served; false again once the process drains.
    var isReady: Bool { readiness.isReady }

    init(
        scope: ServingScope, policies: PolicyKeeper, tls: HostTLSPolicies, proxy: ProxyServer?, stapling: StaplingKeeper?,
        issuance: IssuanceController, reporter: ClusterReporter?, alerts: ServingAlerts, metrics: MetricsPage, replica: ReplicaIdentity,
        replicas: ReplicaWatch,
        events: @escaping @Sendable (Set<String>) async -> (events: [HostReport.Event], problem: String?),
        waitingFor: @escaping @Sendable () async -> [String], time: any TimeSource
    ) throws(PKIError) {
        self.replica = replica
        self.replicas = replicas
        self.events = events
        self.metrics = metrics
        self.waitingFor = waitingFor
        self.policies = policies
        self.tls = tls
        self.proxy = proxy
        self.stapling = stapling
        self.issuance = issuance
        self.reporter = reporter
        self.alerts = alerts
        self.time = time
        ingressClasses = scope.ingressClasses
        compiler = RouteCompiler(policy: scope.ingressClasses)
        catalog = try CertificateCatalog(policy: scope.ingressClasses, now: time.now())
    }

    /// Publishes what changed to the proxy first, since that is what users feel, then hands it to issuance.
    func apply(_ update: StoreUpdate) async {
        let began = ContinuousClock.now
        let index = catalog.apply(update, now: time.now())
        self.index = index
        servedNow = nil
        proxy?.publish(index)
        let adopted = catalog.adopted
        routes = compiler.apply(update)
        proxy?.publish(routes)
        serving.update(took: began.duration(to: .now), problems: update.problems.count, at: time.now())
        readiness.hasObjects = true
        objects = update.objects
        storeProblems = update.problems
        ignoredKinds = update.ignoredKinds
        await stapling?.follow(adopted)
        await tls.apply(update)
        await policies.apply(update)
        await issuance.handle(update, certificates: catalog.verdicts(for: update))
        await reporter?.handle(update)
        // Services and endpoints come and go by themselves; nobody is told.
        let changed = update.changed
        if changed.isEverything || !changed.ingresses.isEmpty || !changed.ingressClasses.isEmpty { ingressesChanged = true }
    }

    /// Tells the cluster what is wrong with its Ingresses. Looks at all of them, so it is not done with every change.
    func tellProblems() async {
        guard let reporter, ingressesChanged else { return }
        ingressesChanged = false
        let wrong = Set(compiler.problems.compactMap { ReportedProblem($0) } + (await tls.problems).compactMap { ReportedProblem($0) })
        await reporter.report(wrong.union(UnsupportedAnnotations.problems(in: objects, ingressClasses)))
    }

    /// What time alone changes: certificates that have begun or ended.
    func refresh() async {
        guard let index = catalog.refresh(now: time.now()) else { return }
        self.index = index
        servedNow = nil
        proxy?.publish(index)
        await stapling?.follow(catalog.adopted)
    }

    /// The listeners are open.
    func listens() {
        readiness.isListening = true
    }

    /// No new connection is taken from now on.
    func drains() {
        readiness.isDraining = true
    }

    /// Answers the questions of the admin API.
    func answer(_ request: AdminRequest) async -> AdminResponse {
        switch request.path {
        case "/healthz", "/livez": return .text(200, "ok")
        case "/readyz": return await readinessAnswer()
        case "/startupz": return readiness.hasStarted ? .text(200, "ok") : await readinessAnswer()
        case "/metrics": return await metricsAnswer(MetricsFormat(accept: request.accept))
        case "/api/v1/status": return await statusAnswer(request.parameter("secret"))
        case "/api/v1/routes": return routesAnswer(request.parameter("url"))
        case "/api/v1/budgets": return .json(await issuance.budgetReport())
        default:
            if let answer = await factsAnswer(request) { return answer }
            return .text(
                404,
                "there is nothing at \(request.path); try /healthz, /readyz, /metrics, /api/v1/status, /api/v1/hosts/HOST, "
                    + "/api/v1/timeline, /api/v1/budgets, /api/v1/routes?url=URL")
        }
    }

    private func readinessAnswer() async -> AdminResponse {
        if readiness.isReady { return .text(200, "ok") }
        let missing = readiness.missing(waitingFor: await waitingFor())
        return .text(503, "not ready\n" + missing.map { "- " + $0 }.joined(separator: "\n"))
    }

    private func metricsAnswer(_ format: MetricsFormat) async -> AdminResponse {
        let page = await metrics.text(format) { [self] in await metricsInput() }
        return .content(page, type: format.contentType)
    }

    private func metricsInput() async -> MetricsPage.Input {
        var serving = serving
        serving.isReady = readiness.isReady
        serving.problems = [
            "store": storeProblems.count, "routes": compiler.problems.count, "certificates": catalog.problems(now: time.now()).count,
            "issuance": await issuance.problems().count, "policies": await policies.problems.count, "tls": await tls.problems.count,
            "stapling": await staplingProblems().count,
        ]
        return MetricsPage.Input(serving: serving, routes: routes, index: index, now: time.now())
    }

    /// What was found at the start, for people.
    func summary() async -> StartSummary {
        let receivers = if case .success(let set) = await policies.inForce.alerts { set.receivers.count } else { 0 }
        return StartSummary(
            objects, routes.statistics, await report(asksReplicas: false), policies: await policies.inForce.issuance.policies.count,
            receivers: receivers)
    }

    private func statusAnswer(_ secret: String?) async -> AdminResponse {
        guard let secret else { return .json(await report()) }
        guard let name = NamespacedName(secret), let fact = await issuance.fact(of: name) else {
            return .failure(OperationFailure(.notFound, "Secret", "no served Ingress and no Certificate names it", got: secret))
        }
        return .json(fact)
    }

    /// What the catalog knows to be served by this process.
    func servedSecrets() -> [NamespacedName: ServedSecret] { catalog.servedSecrets() }

    /// Everything that is known about certificates.
    ///
    /// - Parameter asksReplicas: Whether it may take the moment that others need to answer.
    func report(asksReplicas: Bool = true) async -> StatusReport {
        let (certificates, replicas) = asksReplicas ? await facts() : (await issuance.facts(), [])
        return StatusReport(
            version: Version.current, at: time.now(), isRunning: true, certificates: certificates, replicas: replicas,
            problems: await problems(), ignoredKinds: ignoredKinds)
    }

    /// What is wrong with the configuration.
    private func problems() async -> [StatusReport.Problem] {
        let issuanceProblems = await issuance.problems()
        let resourceProblems = await issuance.certificateProblems()
        let reporterProblems = await reporter?.problems() ?? []
        let policyProblems = await policies.problems
        let alertProblems = await alerts.problems()
        let tlsProblems = await tls.problems
        let staplingProblems = await staplingProblems()
        return StatusProblems.all(
            store: storeProblems, routes: compiler.problems, certificates: catalog.problems(now: time.now()), issuance: issuanceProblems,
            resources: resourceProblems)
            + alertProblems.map { StatusReport.Problem(subject: "alerts", message: $0) }
            + policyProblems.map { StatusReport.Problem(subject: "policies", message: $0) }
            + StatusProblems.of(tlsProblems)
            + staplingProblems
            + reporterProblems.map { StatusReport.Problem(subject: "cluster", message: $0) }
    }

    /// What keeps OCSP responses out of handshakes.
    private func staplingProblems() async -> [StatusReport.Problem] {
        var problems = StatusProblems.of(await stapling?.problems() ?? [])
        if proxy?.refusesStaples == true {
            problems.append(
                StatusReport.Problem(subject: "stapling", message: "OCSP responses cannot be stapled: this build of NIOSSL takes none"))
        }
        return problems
    }

    private func routesAnswer(_ url: String?) -> AdminResponse {
        guard let url else { return .json(routes.descriptions) }
        guard let asked = RequestURL(url) else { return .text(400, RequestURL.complaint(about: url)) }
        return .json(routes.explain(authority: asked.authority, target: asked.target))
    }
}
