internal import Admin
internal import Core
internal import Issuance
internal import Logging
internal import NIOCore
internal import Policies
internal import Proxy
internal import Routing
internal import Store
internal import Telemetry
internal import TraceExport

/// One `certctl serve` from start to end: makes the parts, joins them, and takes them down in order.
struct Service {
    let options: ServeOptions
    private let log: LogOutput
    private let logger = Logger(.serve)

    init(options: ServeOptions, log: LogOutput) {
        self.options = options
        self.log = log
    }

    /// Runs until SIGTERM or SIGINT, or until a part cannot go on.
    func run() async throws {
        let signals = TerminationSignals()
        let source = try ObjectSource(options)
        let backend = try source.open(options)
        let traces = try options.traces.exporter()
        let accessLog = options.accessLog ? AccessLogWriter(format: options.logFormat) : nil
        let proxy = try options.role.servesTraffic ? makeProxy(backend, source, traces, accessLog) : nil
        let listeners = BoundListeners()
        let parts = try IssuanceParts(
            options.issuance, listeners: proxy == nil ? nil : listeners, serviceAccountTokens: backend.serviceAccountTokens)
        let requests = ACMERequestCounts()
        let issuance = IssuanceController(
            store: backend.store, settings: options.issuanceSettings, ingressClasses: options.scope.ingressClasses,
            transports: requests.counting(HTTPClientTransportFactory()),
            logger: Logger(.issuance), protocolLogger: Logger(.acme), leadership: backend.leadership,
            policies: .unknown("the policies have not been read yet"), dns: parts.dns, selfCheck: parts.selfCheck,
            revocation: parts.revocation, traces: traces?.sink,
            published: { await proxy?.published() },
            publish: {
                proxy?.publish(HTTP01Tokens($0.http01))
                proxy?.publish(TLSALPN01Challenges($0.tlsALPN01))
            })
        // Whoever serves staples, also where another replica looks for revoked certificates.
        let stapling = proxy.map { _ in StaplingKeeper(checker: parts.revocation, logger: Logger(.stapling)) }
        let reporter = backend.reporter(of: issuance)
        let tls = try HostTLSPolicies(options.scope.ingressClasses, options, proxy: proxy)
        let alerts = ServingAlerts(backend, namespace: options.scope.issuance.clusterResourceNamespace)
        let policies = try PolicyKeeper(
            folder: options.policies, namespace: options.scope.issuance.clusterResourceNamespace, logger: Logger(.policies),
            adopt: {
                await tls.adopt($0.tls)
                await issuance.adopt($0.issuance, limits: $0.limits)
                await alerts.adopt($0.alerts)
            },
            refuse: { await issuance.adopt($0) })
        let metrics = MetricsPage(
            issuance: issuance, proxy: proxy, stapling: stapling, acme: requests, scope: options.scope, backend: backend,
            seriesMax: options.metricsSeriesMax,
            telemetry: { [log] in TelemetryMetrics(log, traces) })
        let replica = ReplicaIdentity(
            name: ReplicaNames.own(admin: options.admin ?? source.address(port: 9402)), role: options.role.rawValue,
            version: Version.current)
        let token = try AdminTokenKeeper(options, store: backend.store, logger: Logger(.admin))
        let replicas = try ReplicaParts(options, backend, own: replica) { token.authorization }
        let plane = try ControlPlane(
            scope: options.scope, policies: policies, tls: tls, proxy: proxy, stapling: stapling, issuance: issuance, reporter: reporter,
            alerts: alerts,
            metrics: metrics, replica: replica, replicas: replicas.watch, events: { await backend.events(about: $0) },
            waitingFor: { await backend.waitingFor() }, time: SystemTime())
        replicas.attach(plane)
        alerts.attach(plane)
        let operations = AdminOperations(issuance: issuance, leader: { backend.leader }, rights: backend.rights)
        let logLevels = LogLevelOperation(levels: log.levels, logger: Logger(.log))
        let answer: AdminServer.Handler = {
            if let answer = logLevels.answer($0) { return answer }
            if let answer = await alerts.answer($0) { return answer }
            return $0.method == .post ? await operations.answer($0) : await plane.answer($0)
        }
        let dashboard = Dashboard { await plane.dashboardInput() }
        let admin = try await AdminServer.start(on: options.admin ?? source.address(port: 9402), credentials: token.credentials) {
            if let page = await dashboard.answer($0) { return page }
            return await answer($0)
        }
        let asked: OperationRequests? =
            if case .cluster = source, options.role.issues {
                try OperationRequests(
                    store: backend.store, namespace: options.scope.issuance.clusterResourceNamespace, time: SystemTime(),
                    logger: Logger(.operations), acts: { await issuance.acts }, answer: answer)
            } else {
                nil
            }
        try await backend.opened(admin: admin.address)

        let following = Task { try await follow(backend.store, plane, asked, proxy, listeners, admin) }
        let followingPolicies = Task { await policies.follow() }
        let electing = Task { await backend.run(reporter) }
        let issuing = Task { await issuance.run() }
        let alerting = Task { await alerts.run() }
        let answering = Task { await asked?.run() }
        let exporting = Task { await traces?.run() }
        let showing = [Task { await token.follow() }, Task { await dashboard.run() }]
        await withTaskGroup { group in
            group.addTask { [stream = signals.stream] in for await _ in stream { return } }
            group.addTask { _ = await following.result }
            await group.next()
            following.cancel()
            followingPolicies.cancel()
            group.cancelAll()
        }
        let stopping = Task {
            // Another replica may go on with it while this one still serves.
            issuing.cancel()
            alerting.cancel()
            answering.cancel()
            await answering.value
            await issuing.value
            await alerting.value
            electing.cancel()
            await electing.value
        }
        await stop(plane, proxy)
        await stopping.value
        for task in showing { task.cancel() }
        await dashboard.close()
        await admin.stop()
        await replicas.shutdown()
        await stapling?.stop()
        await parts.shutdown()
        await backend.shutdown()
        exporting.cancel()
        await exporting.value
        await traces?.finish()
        logger.info("stopped")
        accessLog?.flush()
        if case .failure(let error) = await following.result, !(error is CancellationError) { throw error }
    }

    /// Applies updates; after the first, everything that is known is in force, and the listeners open.
    private func follow(
        _ store: any Store, _ plane: ControlPlane, _ asked: OperationRequests?, _ proxy: ProxyServer?, _ listeners: BoundListeners,
        _ admin: AdminServer
    ) async throws {
        var isFirst = true
        let refreshing = Task {
            while (try? await Task.sleep(for: .seconds(30))) != nil { await plane.refresh() }
        }
        let telling = Task {
            while (try? await Task.sleep(for: .seconds(2))) != nil { await plane.tellProblems() }
        }
        defer {
            refreshing.cancel()
            telling.cancel()
        }
        for await update in store.updates() {
            await plane.apply(update)
            await asked?.handle(update)
            guard isFirst else { continue }
            isFirst = false
            await proxy?.published()
            let bound = try await proxy?.start()
            listeners.set(bound)
            await plane.listens()
            logger.info(
                "serving",
                metadata: [
                    "role": "\(options.role.rawValue)", "http": "\(words(bound?.http))", "https": "\(words(bound?.https))",
                    "admin": "\(admin.address)", "ingresses": "\(update.objects.ingresses.count)",
                    "secrets": "\(update.objects.secrets.count)", "version": "\(Version.current)",
                ])
            await plane.summary().log(to: logger)
        }
    }

    private func stop(_ plane: ControlPlane, _ proxy: ProxyServer?) async {
        await plane.drains()
        guard let proxy else { return }
        logger.info("stopping: no new connections, waiting for requests in progress", metadata: ["seconds": "\(options.drainSeconds)"])
        // In a task of its own: it is not to be hurried by the end of this one.
        await Task { await proxy.drain(deadline: .seconds(options.drainSeconds)) }.value
    }

    private func makeProxy(
        _ backend: any Backend, _ source: ObjectSource, _ traces: OTLPExporter?, _ accessLog: AccessLogWriter?
    ) throws -> ProxyServer {
        var configuration = ProxyConfiguration(
            http: [options.http ?? source.address(port: 8080)], https: [options.https ?? source.address(port: 8443)],
            threads: options.threads ?? System.coreCount,
            tls: try PolicyFolder.tlsPolicy(named: options.tlsProfile, folder: options.policies))
        configuration.publicHTTPSPort = options.publicHttpsPort
        configuration.limits.requestBodyBytesMax = options.bodyBytesMax
        configuration.countsRequests = options.requestMetrics
        if let accessLog { configuration.accessLog = { accessLog.write($0) } }
        if let traces, let sampler = options.traces.sampler {
            configuration.tracing = RequestTracing(sampler: sampler, sink: traces.sink)
        }
        let lookup = ChallengeLookup(
            store: backend.store, namespace: options.scope.issuance.clusterResourceNamespace, logger: Logger(.issuance))
        let find: HTTP01Lookup = { await lookup($0) }
        let findHost: TLSALPN01Lookup = { await lookup.tlsALPN01($0) }
        return ProxyServer(
            configuration: configuration, challengeLookup: backend.isShared ? find : nil,
            tlsALPN01Lookup: backend.isShared ? findHost : nil, logger: Logger(.proxy))
    }

    private func words(_ addresses: [ListenAddress]?) -> String {
        addresses?.map(\.description).joined(separator: ",") ?? "-"
    }
}
