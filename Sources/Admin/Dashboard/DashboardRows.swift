internal import Alerts
internal import FoundationEssentials
internal import Issuance
internal import Routing

/// A rule as the page shows it.
struct RouteRow: Encodable, Hashable {
    var host: String
    var path: String
    var kind: String
    var ingress: String
    var upstream: String
    var state: String
    var endpoints: Int

    init(_ route: RouteDescription) {
        host = route.host
        path = CertificateRow.cut(route.path)
        kind = route.kind.rawValue
        ingress = route.ingress
        upstream = route.upstream
        state = route.state.rawValue
        endpoints = route.endpoints.count
    }

    /// What tells it from the others.
    var key: String { "\(host) \(path) \(kind) \(ingress)" }
}

/// An alert as the page shows it.
struct AlertRow: Encodable, Hashable {
    var name: String
    var severity: String
    var phase: String
    var object: String
    var summary: String
    var description: String
    var since: Int
    var startsAt: Int?
    var endsAt: Int?
    var told: [String]

    init(_ alert: AlertReport.Alert) {
        name = alert.name
        severity = alert.severity.rawValue
        phase = alert.phase.rawValue
        let (subject, host) = (alert.object, alert.object.host.map { ", \($0)" } ?? "")
        object = "\(subject.kind) \(subject.namespace.isEmpty ? "" : subject.namespace + "/")\(subject.name)\(host)"
        summary = CertificateRow.cut(alert.summary)
        description = CertificateRow.cut(alert.description)
        since = CertificateRow.seconds(alert.since)
        startsAt = alert.startsAt.map(CertificateRow.seconds)
        endsAt = alert.endsAt.map(CertificateRow.seconds)
        told = CertificateRow.cut(alert.told)
    }
}

/// Who is told of alerts, and how that goes.
struct ReceiverRow: Encodable, Hashable {
    var name: String
    var format: String
    var address: String
    var waiting: Int
    var lastDelivery: Int?
    var failures: Int
    var lastError: String?

    init(_ receiver: AlertReport.Receiver) {
        name = receiver.name
        format = receiver.format
        address = receiver.address
        waiting = receiver.waiting
        lastDelivery = receiver.lastDelivery.map(CertificateRow.seconds)
        failures = receiver.failures
        lastError = receiver.lastError.map { CertificateRow.cut($0) }
    }
}

/// Something that happened to a certificate.
struct HappeningRow: Encodable, Hashable {
    var at: Int
    var kind: String
    var secret: String
    var hosts: [String]
    var issuer: String?
    var message: String?
    var seconds: Double?

    init(_ happening: IssuanceHappening) {
        at = CertificateRow.seconds(happening.at)
        kind = happening.kind.rawValue
        secret = happening.secret
        hosts = CertificateRow.cut(happening.hosts)
        issuer = happening.issuer
        message = happening.message.map { CertificateRow.cut($0) }
        seconds = happening.seconds.flatMap { $0.isFinite ? ($0 * 10).rounded() / 10 : nil }
    }
}

/// A process beside this one, or this one. Not when it last answered, which is news every few seconds.
struct ReplicaRow: Encodable, Hashable {
    var identity: String
    var address: String?
    var role: String?
    var version: String?
    var isReachable: Bool
    var problem: String?

    init(_ replica: ReplicaFact) {
        identity = replica.identity
        address = replica.address
        role = replica.role
        version = replica.version
        isReachable = replica.isReachable
        problem = replica.problem.map { CertificateRow.cut($0) }
    }
}

/// Something wrong with the configuration.
struct ProblemRow: Encodable, Hashable {
    var subject: String
    var message: String
}

/// What the page says above everything else.
struct DashboardSummary: Encodable, Hashable {
    var version: String
    var verdict: String
    var needsAttention: Bool
    /// Certificates by state.
    var states: [String: Int]
    var certificates: Int
    var certificatesOmitted: Int
    var routes: Int
    var routesOmitted: Int
    var hosts: Int
    var problems: Int
    var alertsOmitted: Int
    /// Whether this process sends the alerts.
    var sendsAlerts: Bool?
    var alertProblems: [String]
}
