internal import Admin
internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Routing
internal import Store

/// What a server would say about stored objects: the same decisions from the same objects, without writing anything.
struct StoredStatus {
    private let update: StoreUpdate
    private let plan: Plan
    private let problems: [StatusReport.Problem]
    private let routes: RouteTable
    private let now: Date

    init(update: StoreUpdate, scope: ServingScope, now: Date) throws {
        let classes = scope.ingressClasses
        var catalog = try CertificateCatalog(policy: classes, now: now)
        _ = catalog.apply(update, now: now)
        var compiler = RouteCompiler(policy: classes)
        routes = compiler.apply(update)
        plan = Planner.plan(
            PlannerInput(
                objects: update.objects, ingressClasses: classes, certificates: catalog.verdicts(for: update), settings: scope.issuance,
                records: IssuanceRecord.all(in: update.objects), policies: PolicySets.inForce(scope, update).policies, now: now))
        problems = StatusProblems.all(
            store: update.problems, routes: compiler.problems, certificates: catalog.problems(now: now), issuance: plan.problems,
            resources: plan.certificateProblems)
        self.update = update
        self.now = now
    }

    func report() -> StatusReport {
        StatusReport(
            version: Version.current, at: now, isRunning: false, certificates: plan.items.map { $0.fact(isRunning: false, now: now) },
            problems: problems, ignoredKinds: update.ignoredKinds)
    }

    /// What is known about one host.
    ///
    /// - Parameter events: what happened to some objects (`Kind namespace/name`), and why there is not all of it.
    func host(
        _ name: String, events: @Sendable (Set<String>) async -> (events: [HostReport.Event], problem: String?)
    ) async -> HostReport {
        let status = report()
        let told = await events(HostReport.objects(of: name, status, routes))
        return HostReport(
            about: name,
            from: HostReport.Material(
                objects: update.objects, routes: routes, status: status, recentEvents: told.events, eventsProblem: told.problem
            ) { _ in nil })
    }
}
