internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance

/// A status report as a table for people: one line for each certificate, then what is wrong with the manifests.
struct StatusTable {
    let report: StatusReport
    let terminal: Terminal
    let isWide: Bool

    func render() -> String {
        var text = certificates()
        for problem in report.problems {
            text += terminal.styled("problem", .alarm) + "  " + Terminal.harmless("\(problem.subject): \(problem.message)") + "\n"
        }
        if !report.isRunning { text += terminal.styled("nothing runs: this is what the folders hold", .notice) + "\n" }
        return text
    }

    private func certificates() -> String {
        guard !report.certificates.isEmpty else { return "no served Ingress has a tls section\n" }
        var columns = ["HOSTS", "SECRET", "ISSUER", "STATE", "EXPIRES IN", "RENEWS IN"]
        if isWide { columns += ["NOT AFTER", "SERIAL", "INGRESSES", "FAILURES", "NEXT TRY"] }
        columns.append("LAST ERROR")
        var table = Table(columns: columns)
        for fact in report.certificates { table.add(row(fact)) }
        return table.render(on: terminal)
    }

    private func row(_ fact: CertificateFact) -> [Table.Cell] {
        let now = report.at
        var cells = [
            Table.Cell(hosts(fact.hosts)),
            Table.Cell(fact.secret.description),
            Table.Cell(fact.issuer ?? "-"),
            Table.Cell(fact.state.rawValue, style(fact)),
            Table.Cell(fact.notAfter.map { $0.distance(from: now) } ?? "-"),
            Table.Cell(fact.renewAt.map { $0 < now ? "due" : $0.distance(from: now) } ?? "-"),
        ]
        if isWide {
            cells += [
                Table.Cell(fact.notAfter?.rfc3339 ?? "-"),
                Table.Cell(fact.serialNumber ?? "-"),
                Table.Cell(fact.ingresses.joined(separator: ",")),
                Table.Cell("\(fact.failures)"),
                Table.Cell(fact.nextAttempt.map { $0 < now ? "now" : $0.distance(from: now) } ?? "-"),
            ]
        }
        let why = fact.state == .failing || fact.state == .expired ? fact.lastError ?? fact.message : fact.message ?? fact.lastError
        let turn = fact.queuedUntil.map { "its turn comes in \($0.distance(from: now)): \(fact.queueReason ?? "the CA's limits")" }
        let words = [turn, why].compactMap { $0 }.first
        cells.append(Table.Cell(isWide ? words ?? "-" : shortened(words ?? "-")))
        return cells
    }

    /// The first two hosts; the rest are counted, and shown by `-o wide`.
    private func hosts(_ all: [String]) -> String {
        guard !isWide, all.count > 2 else { return all.joined(separator: ",") }
        return all.prefix(2).joined(separator: ",") + ",+\(all.count - 2)"
    }

    private func shortened(_ words: String) -> String {
        words.count <= 100 ? words : words.prefix(99) + "…"
    }

    private func style(_ fact: CertificateFact) -> Terminal.Style {
        if report.needsAttention(fact) { return .alarm }
        return fact.state == .valid || fact.state == .foreign ? .good : .notice
    }
}
