internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance

/// The story of one host for people: how it stands and what to do, then its rules, its certificates with their chains and orders, the
/// replicas, and what happened.
struct HostText {
    let report: HostReport
    let terminal: Terminal

    func render() -> String { lines().map { $0 + "\n" }.joined() }

    func lines() -> [String] {
        var blocks = [heading(), rules()]
        blocks += report.certificates.map(certificate)
        blocks += report.certificates.compactMap { $0.fact.order.map(order) }
        blocks += [replicas(), problems(), events()]
        return Array(blocks.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    private var now: Date { report.at }

    // MARK: How it stands

    private func heading() -> [String] {
        let verdict = report.verdict
        var lines = Terminal.harmless("\(report.host): \(verdict.text)").wrapped(to: terminal.columns)
            .map { terminal.styled($0, verdict.style) }
        if let next = verdict.next { lines += Table.indented(Table.Cell("next: \(next)", .heading), on: terminal) }
        if !report.isRunning {
            lines += "no server was asked: this is worked out from what is stored".wrapped(to: terminal.columns)
                .map { terminal.styled($0, .notice) }
        }
        return lines
    }

    // MARK: Ingress and rule

    private func rules() -> [String] {
        guard !report.rules.isEmpty else { return [] }
        return section("rules")
            + report.rules.flatMap { rule in
                let isUsable = rule.endpoints > 0
                let endpoints = isUsable ? "\(rule.endpoints) endpoint\(rule.endpoints == 1 ? "" : "s")" : rule.trouble
                return line(
                    "Ingress \(rule.ingress)", "\(rule.host)\(rule.path) (\(rule.kind)) to Service \(rule.backend): \(endpoints)",
                    isUsable ? nil : .alarm, labelColumns: 24)
            }
    }

    // MARK: Secret and certificate

    private func certificate(_ certificate: HostReport.Certificate) -> [String] {
        let fact = certificate.fact
        let text = FactText(fact: fact, now: now)
        let isServed = report.servedSecret == fact.secret.description
        var lines = section("certificate in Secret \(fact.secret)")
        lines += line(
            "state", fact.state.rawValue + (isServed ? ", served" : report.isRunning ? ", not served for this host" : ""), style(fact))
        for problem in text.problems { lines += line("", problem, nil) }
        for notice in fact.notices ?? [] { lines += line("note", notice) }
        if let advice = fact.advice { lines += line("next", advice, .heading) }
        lines += line("hosts", fact.hosts.joined(separator: ", "))
        let askers = fact.ingresses.map { "Ingress \($0)" } + (fact.certificate.map { ["Certificate \($0)"] } ?? [])
        if !askers.isEmpty { lines += line("asked for by", askers.joined(separator: ", ")) }
        lines += line(
            "issuer", (fact.issuer ?? "none is named") + (fact.issuedBy.map { "; the certificate came from its fallback \($0)" } ?? ""))
        lines += validity(fact)
        for (index, link) in certificate.chain.enumerated() { lines += chain(link, index, of: certificate.chain.count) }
        return lines
    }

    private func validity(_ fact: CertificateFact) -> [String] {
        var lines: [String] = []
        if let notBefore = fact.notBefore { lines += line("valid from", notBefore.rfc3339) }
        if let notAfter = fact.notAfter {
            let left = fact.lifetimeLeft.map { ", \(Int(($0 * 100).rounded(.down)))% of its lifetime is left" } ?? ""
            lines += line("valid until", "\(notAfter.rfc3339), \(FactText.when(notAfter, now))\(left)")
        }
        if let renewAt = fact.renewAt {
            let when = (renewAt <= now ? "due " : "") + FactText.when(renewAt, now)
            lines += line("renewal", "\(renewAt.rfc3339), \(when)" + (fact.renewReason.map { ": \($0)" } ?? ""))
        } else if let reason = fact.renewReason {
            lines += line("renewal", reason)
        }
        if let window = fact.renewalWindow { lines += line("CA's window", "\(window.start.rfc3339) to \(window.end.rfc3339)") }
        if let issued = fact.issued {
            lines += line("issued", "\(issued.rfc3339), \(FactText.when(issued, now))" + (fact.issuedReason.map { ": \($0)" } ?? ""))
        }
        return lines
    }

    private func chain(_ link: HostReport.ChainCertificate, _ index: Int, of count: Int) -> [String] {
        let subject = link.subject.isEmpty ? "no subject" : link.subject
        let text = "\(subject), signed by \(link.issuer); \(link.key), until \(link.notAfter.rfc3339), serial \(link.serialNumber)"
        return line("chain \(index + 1)/\(count)", text, link.notAfter < now ? .alarm : nil)
    }

    private func style(_ fact: CertificateFact) -> Terminal.Style { StatusRank(fact, in: report.asStatus).style }

    // MARK: The order under way

    private func order(_ order: OrderProgress) -> [String] {
        var lines = section("order at \(order.directory)")
        if let url = order.url { lines += line("order", url) }
        for step in order.steps {
            let style: Terminal.Style? =
                switch step.state {
                case .done: .good
                case .running: .notice
                case .failed: .alarm
                case .waiting: nil
                }
            let text = [step.name, step.detail, step.at.map { FactText.when($0, now) }].compactMap { $0 }.joined(separator: ", ")
            lines += HangingText(
                label: step.state.rawValue, labelColumns: HostText.labelColumns,
                text: step.kind.rawValue + (text.isEmpty ? "" : ": \(text)"), labelStyle: style, indent: 2
            ).lines(on: terminal)
        }
        return lines
    }

    // MARK: The rest

    private func replicas() -> [String] {
        guard !report.replicas.isEmpty else { return [] }
        return section("replicas")
            + report.replicas.flatMap { replica in
                let wrong = replica.problem ?? (replica.isReachable ? nil : "it does not answer")
                let about = [replica.role, replica.version, replica.address].compactMap { $0 }.joined(separator: ", ")
                return line(
                    replica.identity, [wrong, about.isEmpty ? nil : about].compactMap { $0 }.joined(separator: "; "),
                    wrong == nil ? nil : .alarm, labelColumns: 24)
            }
    }

    private func problems() -> [String] {
        guard !report.problems.isEmpty else { return [] }
        return section("problems") + report.problems.flatMap { line($0.subject, $0.message, .alarm, labelColumns: 24) }
    }

    private func events() -> [String] {
        var lines: [String] = []
        for event in report.recentEvents {
            let times = event.count > 1 ? " (\(event.count) times)" : ""
            lines += HangingText(
                label: FactText.when(event.at, now), labelColumns: HostText.labelColumns,
                text: "\(event.reason)\(times), \(event.object): \(event.message)",
                textStyle: event.type == "Warning" ? .alarm : nil, indent: 2
            ).lines(on: terminal)
        }
        if let problem = report.eventsProblem { lines += line("not known", problem, .notice) }
        return lines.isEmpty ? [] : section("recent events") + lines
    }

    private func section(_ title: String) -> [String] {
        Terminal.harmless(title).wrapped(to: terminal.columns).map { terminal.styled($0, .heading) }
    }

    private func line(_ label: String, _ text: String, _ style: Terminal.Style? = nil, labelColumns: Int = HostText.labelColumns)
        -> [String]
    {
        HangingText(
            label: Terminal.harmless(label), labelColumns: max(labelColumns, label.columns + 2), text: text, textStyle: style, indent: 2
        )
        .lines(on: terminal)
    }

    private static let labelColumns = 14
}
