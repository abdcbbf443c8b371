internal import Admin
internal import Core
internal import Issuance

/// Which part of a report is asked for. What is asked for by several flags fits all of them.
struct StatusFilter: Hashable {
    var namespace: String?
    var hosts: HostPattern?
    var expiring: Expiry?
    var isFailingOnly = false

    /// Whether everything is asked for.
    var isEverything: Bool { self == StatusFilter() }

    /// The part of the report. Problems stay that may concern it: of the namespace, and of the objects behind the certificates.
    func apply(to report: StatusReport) -> StatusReport {
        guard !isEverything else { return report }
        let shown = report.certificates.filter { includes($0, of: report) }
        let objects: Set<String>? =
            hosts == nil && expiring == nil
            ? nil : Set(shown.flatMap { $0.ingresses + [$0.secret.description] + ($0.certificate.map { [$0] } ?? []) })
        return StatusReport(
            version: report.version, at: report.at, isRunning: report.isRunning, certificates: shown, replicas: report.replicas,
            problems: report.problems.filter { concerns($0, objects) }, ignoredKinds: report.ignoredKinds)
    }

    private func includes(_ fact: CertificateFact, of report: StatusReport) -> Bool {
        if let namespace, fact.namespace != namespace { return false }
        if let hosts, !fact.hosts.contains(where: hosts.matches) { return false }
        if let expiring, !expiring.includes(fact, at: report.at) { return false }
        return !isFailingOnly || report.needsAttention(fact)
    }

    /// - Parameter objects: those behind the certificates that are shown, as `namespace/name`; nil when their names decide nothing.
    private func concerns(_ problem: StatusReport.Problem, _ objects: Set<String>?) -> Bool {
        if let namespace, !problem.subject.contains(" \(namespace)/") { return false }
        guard let objects else { return true }
        // Subjects are `ingress NS/NAME`, `secret NS/NAME` and so on; those of files concern nobody in particular.
        return problem.subject.split(separator: " ").last.map { objects.contains(String($0)) } ?? false
    }
}
