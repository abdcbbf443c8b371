internal import Admin
internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Routing
internal import Store

/// Where a status report comes from: a running server if there is one, else the folders.
struct StatusSource {
    let server: String?
    let folders: FolderOptions
    let serving: ServingOptions

    /// What the server says, or without one what the folders hold.
    func report() async throws -> StatusReport {
        guard let body = try await AdminAddress.get("/api/v1/status", server: server, folders: folders) else { return try await offline() }
        do {
            return try AdminJSON.decoder().decode(StatusReport.self, from: Data(body))
        } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
    }

    /// The same decisions that a server would make, from the same folders, without writing anything.
    private func offline() async throws -> StatusReport {
        let scope = folders.scope(else: serving)
        let update = try await folders.snapshot(ignoring: scope.ignoredKinds)
        let now = Date()
        let classes = scope.ingressClasses
        var catalog = try CertificateCatalog(policy: classes, now: now)
        _ = catalog.apply(update, now: now)
        var compiler = RouteCompiler(policy: classes)
        _ = compiler.apply(update)
        let plan = Planner.plan(
            PlannerInput(
                objects: update.objects, ingressClasses: classes, certificates: catalog.verdicts(for: update), settings: scope.issuance,
                records: IssuanceRecord.all(in: update.objects), policies: PolicySets.inForce(scope, update), now: now))
        return StatusReport(
            version: Version.current, at: now, isRunning: false, certificates: plan.items.map { $0.fact(isRunning: false, now: now) },
            problems: StatusProblems.all(
                store: update.problems, routes: compiler.problems, certificates: catalog.problems(now: now), issuance: plan.problems,
                resources: plan.certificateProblems),
            ignoredKinds: update.ignoredKinds)
    }
}
