internal import Alerts
internal import FoundationEssentials
internal import Issuance
internal import Routing

/// What the page shows, and what of it changed when. Each part remembers the version in which it last changed; a reader who has some version
/// is sent what is newer.
struct DashboardModel {
    /// Tells the versions of this model from those of another process, or of one that was forgotten.
    let epoch: String
    /// Grows with every change.
    private(set) var version: UInt64 = 0
    private var summary = DashboardPart<DashboardSummary>()
    private var problems = DashboardPart<[ProblemRow]>()
    private var receivers = DashboardPart<[ReceiverRow]>()
    private var traffic = DashboardPart<TrafficWindow.Report>()
    private var certificates = KeyedRows<CertificateRow>()
    private var routes = KeyedRows<RouteRow>()
    private var alerts = KeyedRows<AlertRow>()
    private var timeline = KeyedRows<HappeningRow>()
    private var replicas = DashboardPart<[ReplicaRow]>()
    private var window = TrafficWindow()
    private var table: RouteTable?
    private var routesOmitted = 0

    init(epoch: String) { self.epoch = epoch }

    /// Takes in what is so now.
    mutating func update(_ input: DashboardInput, at now: ContinuousClock.Instant) {
        let next = version + 1
        let report = input.report
        var rows = report.certificates.map { CertificateRow($0, concern: report.concern(about: $0)) }
        let omitted = max(0, rows.count - DashboardLimits.rowsMax)
        if omitted > 0 { rows = Array(rows.sorted(by: CertificateRow.isWorse).prefix(DashboardLimits.rowsMax)) }
        certificates.set(rows.map { ($0.secret, $0) }, version: next)
        problems.set(
            report.problems.prefix(DashboardLimits.problemsMax).map {
                ProblemRow(subject: CertificateRow.cut($0.subject), message: CertificateRow.cut($0.message))
            }, version: next)
        updateRoutes(input.routes, version: next)
        replicas.set(report.replicas.prefix(DashboardLimits.replicasMax).map { ReplicaRow($0) }, version: next)
        let happenings = input.timeline.sorted { $0.number > $1.number }.prefix(DashboardLimits.timelineMax)
        timeline.set(happenings.map { ("\($0.number)", HappeningRow($0)) }, version: next)
        if let requests = input.requests {
            window.add(requests, at: now)
            if let report = window.report { traffic.set(report, version: next) }
        }
        if let report = input.alerts {
            alerts.set(report.alerts.prefix(DashboardLimits.alertsMax).map { ($0.fingerprint, AlertRow($0)) }, version: next)
            receivers.set(report.receivers.map { ReceiverRow($0) }, version: next)
        }
        summary.set(makeSummary(input, certificatesOmitted: omitted), version: next)
        version = max(
            summary.version, problems.version, receivers.version, traffic.version, certificates.version, routes.version, alerts.version,
            timeline.version, replicas.version)
    }

    private mutating func updateRoutes(_ routes: RouteTable, version: UInt64) {
        // A table never changes; there is another one after each update.
        guard routes !== table else { return }
        table = routes
        let descriptions = routes.descriptions
        routesOmitted = max(0, descriptions.count - DashboardLimits.rowsMax)
        self.routes.set(
            descriptions.prefix(DashboardLimits.rowsMax).map { RouteRow($0) }.map { ($0.key, $0) }, version: version)
    }

    private func makeSummary(_ input: DashboardInput, certificatesOmitted: Int) -> DashboardSummary {
        let report = input.report
        let statistics = input.routes.statistics
        return DashboardSummary(
            version: report.version, verdict: report.standing, needsAttention: report.needsAttention,
            states: Dictionary(report.certificates.map { ($0.state.rawValue, 1) }, uniquingKeysWith: +),
            certificates: report.certificates.count, certificatesOmitted: certificatesOmitted, routes: statistics.routes,
            routesOmitted: routesOmitted, hosts: statistics.hosts, problems: report.problems.count,
            alertsOmitted: max(0, (input.alerts?.alerts.count ?? 0) - DashboardLimits.alertsMax), sendsAlerts: input.alerts?.isLeader,
            alertProblems: CertificateRow.cut(input.alerts?.problems ?? []))
    }

    /// The version of now, as readers know it.
    var cursor: String { "\(epoch).\(version)" }

    /// What is newer than what a reader has, as one JSON object.
    ///
    /// - Parameter cursor: what the last document said; nil, and one that is not known any more, get everything.
    /// - Returns: nil when there is nothing new.
    func document(since cursor: String?, at now: Date) -> [UInt8]? {
        let since = cursor.flatMap(known) ?? 0
        guard version > since else { return nil }
        var text = Array(#"{"cursor":"#.utf8) + DashboardJSON.encode(self.cursor)
        text += Array(#","at":\#(CertificateRow.seconds(now)),"isWhole":\#(since == 0)"#.utf8)
        let parts: [(String, [UInt8]?)] = [
            ("summary", summary.changes(since: since)), ("problems", problems.changes(since: since)),
            ("certificates", certificates.changes(since: since)), ("routes", routes.changes(since: since)),
            ("traffic", traffic.changes(since: since)), ("alerts", alerts.changes(since: since)),
            ("receivers", receivers.changes(since: since)), ("timeline", timeline.changes(since: since)),
            ("replicas", replicas.changes(since: since)),
        ]
        for (name, json) in parts {
            guard let json else { continue }
            text += Array(",\"\(name)\":".utf8) + json
        }
        text.append(UInt8(ascii: "}"))
        return text
    }

    private func known(_ cursor: String) -> UInt64? {
        let parts = cursor.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[0] == epoch, let number = UInt64(parts[1]), number <= version else { return nil }
        return number >= max(certificates.oldest, routes.oldest, alerts.oldest, timeline.oldest) ? number : nil
    }
}
