internal import Admin
internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Logging
internal import Routing
internal import Store

/// What `serve` has found when it begins to serve, in a few lines for whoever started it: what is there, what is wrong, what is next.
struct StartSummary: Sendable {
    /// What is there, by kind.
    let found: Logger.Metadata
    /// What is wrong, the first few.
    let problems: [StatusReport.Problem]
    /// How many more there are.
    let omitted: Int
    /// What happens by itself, in a sentence.
    let next: String

    /// - Parameters:
    ///   - policies: about issuing.
    ///   - receivers: of alerts.
    init(_ objects: ObjectSet, _ routes: RouteTable.Statistics, _ report: StatusReport, policies: Int, receivers: Int) {
        found = [
            "ingresses": "\(objects.ingresses.count)", "hosts": "\(routes.hosts)", "rules": "\(routes.routes)",
            "issuers": "\(objects.issuers.count)", "policies": "\(policies)", "receivers": "\(receivers)",
            "certificates": "\(Self.counts(report.certificates))",
        ]
        let all = Self.problems(of: report)
        problems = Array(all.prefix(Self.problemsMax))
        omitted = all.count - problems.count
        next = Self.next(report.certificates, ingresses: objects.ingresses.count)
    }

    /// `3: 2 valid, 1 pending`.
    private static func counts(_ certificates: [CertificateFact]) -> String {
        let states = CertificateFact.State.allCases.compactMap { state in
            let count = certificates.count { $0.state == state }
            return count > 0 ? "\(count) \(state.rawValue)" : nil
        }
        return states.isEmpty ? "0" : "\(certificates.count): " + states.joined(separator: ", ")
    }

    /// What is wrong with the configuration, then with certificates. That there is no Secret is no problem where one is to be written.
    private static func problems(of report: StatusReport) -> [StatusReport.Problem] {
        let wanted = Set(report.certificates.filter { $0.state != .placeholder && $0.state != .foreign }.map { "secret \($0.secret)" })
        let absent = CertificateProblem.Code.secretNotFound.rawValue
        return report.problems.filter { !(wanted.contains($0.subject) && $0.message.hasPrefix(absent)) }
            + report.certificates.compactMap { Self.problem(of: $0) }
    }

    /// What is wrong with a certificate, where nobody else says so.
    private static func problem(of fact: CertificateFact) -> StatusReport.Problem? {
        let message: String? =
            switch fact.state {
            case .expired: "expired at \(fact.notAfter?.rfc3339 ?? "?")"
            case .failing: "issuing failed \(fact.failures) time(s) in a row: \(fact.lastError ?? "for an unknown reason")"
            case .blocked: fact.message
            case .valid, .pending, .issuing, .foreign, .placeholder: nil
            }
        return message.map { StatusReport.Problem(subject: "secret \(fact.secret)", message: $0) }
    }

    private static func next(_ certificates: [CertificateFact], ingresses: Int) -> String {
        guard ingresses > 0 else { return "there is no Ingress yet: every request is answered with 404" }
        var steps: [String] = []
        let waiting = certificates.count { $0.state == .pending || $0.state == .issuing }
        if waiting > 0 { steps.append("\(waiting) certificate(s) to be issued now") }
        if let retry = certificates.filter({ $0.state == .failing }).compactMap(\.nextAttempt).min() {
            steps.append("the next attempt of a failing one at \(retry.rfc3339)")
        }
        let renewal = certificates.filter { $0.state == .valid }.compactMap { fact in fact.renewAt.map { (at: $0, secret: fact.secret) } }
        if let first = renewal.min(by: { $0.at < $1.at }) {
            steps.append("the next renewal at \(first.at.rfc3339), of \(first.secret)")
        }
        return steps.isEmpty ? "nothing is to be issued or renewed" : steps.joined(separator: "; ")
    }

    /// One line for what is there, one for each problem, one for what is next.
    func log(to logger: Logger) {
        logger.info("found", metadata: found)
        for problem in problems {
            logger.warning("problem", metadata: ["object": "\(problem.subject)", "error": "\(problem.message)"])
        }
        if omitted > 0 { logger.warning("more problems; `certctl status` lists them all", metadata: ["count": "\(omitted)"]) }
        logger.info("next", metadata: ["plan": "\(next)"])
    }

    /// As many as are read.
    private static let problemsMax = 5
}
