internal import Admin
internal import FoundationEssentials
internal import Issuance

extension HostReport.Rule {
    /// Why no request can be answered, in words.
    var trouble: String {
        switch state {
        case "noService": "there is no such Service"
        case "noPort": "the Service has no such TCP port"
        case "noEndpoints": "no endpoint is ready"
        case "notAService": "the backend is not a Service"
        default: "it cannot be reached (\(state))"
        }
    }
}

/// How a host stands, in one line.
struct HostVerdict: Equatable {
    let text: String
    let style: Terminal.Style
    /// What to do; nil when nothing needs doing.
    let next: String?
}

extension HostReport {
    /// Whether anything at all is known about the host.
    var isKnown: Bool { !rules.isEmpty || !certificates.isEmpty }

    /// The part that concerns one namespace; everything for nil.
    func only(_ namespace: String?) -> HostReport {
        guard let namespace else { return self }
        var report = self
        report.rules = rules.filter { $0.ingress.hasPrefix(namespace + "/") }
        report.certificates = certificates.filter { $0.fact.namespace == namespace }
        report.problems = problems.filter { $0.subject.contains(" \(namespace)/") }
        report.recentEvents = recentEvents.filter { $0.object.contains(" \(namespace)/") }
        return report
    }

    /// Whether an operator has to act.
    var needsAttention: Bool {
        !isKnown || !problems.isEmpty || rules.contains { $0.endpoints == 0 } || asStatus.needsAttention
    }

    /// The certificates as a report of their own, for what is judged there.
    var asStatus: StatusReport {
        StatusReport(
            version: version, at: at, isRunning: isRunning, certificates: certificates.map(\.fact), replicas: replicas, problems: problems,
            ignoredKinds: [:])
    }

    /// The worst first: a certificate that needs somebody, then rules that lead nowhere, then configuration.
    var verdict: HostVerdict {
        guard isKnown else {
            return HostVerdict(
                text: "no served Ingress has a rule for it, and no certificate is asked for", style: .alarm,
                next:
                    "look at spec.rules and spec.ingressClassName of the Ingress that should have it; `certctl routes \(host)` says what a request meets"
            )
        }
        let worst = asStatus.worstFirst.first
        if let worst, worst.rank <= .odd { return verdict(of: worst.fact, worst.rank) }
        if let rule = rules.first(where: { $0.endpoints == 0 }) {
            return HostVerdict(
                text: "requests for \(rule.path) are answered 503: Service \(rule.backend): \(rule.trouble)", style: .alarm,
                next:
                    "see whether Pods behind Service \(rule.backend) are ready, and whether its port is the one that Ingress \(rule.ingress) names"
            )
        }
        if let problem = problems.first { return HostVerdict(text: "\(problem.subject): \(problem.message)", style: .alarm, next: nil) }
        guard let worst else {
            return HostVerdict(
                text: "it is served without a certificate of its own: no tls section lists it", style: .notice,
                next: "list it in spec.tls of Ingress \(rules[0].ingress), with a secretName, to get HTTPS")
        }
        return verdict(of: worst.fact, worst.rank)
    }

    private func verdict(of fact: CertificateFact, _ rank: StatusRank) -> HostVerdict {
        var text = rank == .concern(.revoked) ? "revoked" : fact.state.rawValue
        if let notAfter = fact.notAfter {
            text += fact.state == .expired ? " \(FactText.when(notAfter, at))" : ", expires \(FactText.when(notAfter, at))"
        }
        if rank >= .issuing, let renewAt = fact.renewAt {
            text += renewAt <= at ? ", renewal is due" : ", renewal \(FactText.when(renewAt, at))"
        }
        if rank != .good, let problem = FactText(fact: fact, now: at).problems.first { text += ": \(problem)" }
        return HostVerdict(text: text, style: rank.style, next: fact.advice)
    }
}
