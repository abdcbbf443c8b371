internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance

/// A status report for people: the verdict, a line for each certificate with the worst first, below it what is wrong and what to do, then
/// what is wrong with the configuration and the replicas.
struct StatusText {
    let report: StatusReport
    let terminal: Terminal
    /// Whether all columns are shown, and nothing is shortened.
    var isWide = false
    /// How many certificates there are besides the ones in the report, which a filter left out.
    var hiddenCount = 0

    func render() -> String { lines().map { $0 + "\n" }.joined() }

    func lines() -> [String] {
        var blocks = [heading()]
        if !report.certificates.isEmpty { blocks.append(certificates()) }
        let remarks = problems() + replicas()
        if !remarks.isEmpty { blocks.append(remarks) }
        return Array(blocks.joined(separator: [""]))
    }

    private func heading() -> [String] {
        var lines = wrapped(report.verdict, report.needsAttention ? .alarm : .good)
        if hiddenCount > 0 {
            let total = report.certificates.count + hiddenCount
            lines += wrapped("\(report.certificates.count) of \(total) certificate\(total == 1 ? "" : "s") shown", nil)
        }
        if !report.isRunning { lines += wrapped("no server was asked: this is worked out from what is stored", .notice) }
        return lines
    }

    private func certificates() -> [String] {
        let now = report.at
        var terminal = terminal
        if isWide { terminal.columns = nil }
        var table = Table(columns: StatusText.columns + (isWide ? StatusText.wideColumns : []))
        for (fact, rank) in report.worstFirst {
            let text = FactText(fact: fact, now: now)
            let details = rank == .good ? [] : text.problems.map { Table.Cell($0) }
            let notices = isWide ? (fact.notices ?? []).map { Table.Cell("note: \($0)") } : []
            table.add(row(fact, rank), details: details + notices + (text.next.map { [Table.Cell($0, .heading)] } ?? []))
        }
        return table.lines(on: terminal)
    }

    private static let columns = [
        Table.Column("STATE"),
        Table.Column("HOSTS", columnsMin: 18),
        Table.Column("EXPIRES", dropOrder: 1),
        Table.Column("RENEWS", dropOrder: 3),
        Table.Column("SECRET", columnsMin: 12, dropOrder: 2),
        Table.Column("ISSUER", columnsMin: 24, dropOrder: 4),
    ]
    private static let wideColumns = ["NOT AFTER", "LEFT", "KEY", "SIGNED BY", "SERIAL", "INGRESSES", "RENEWED BECAUSE"].map {
        Table.Column($0)
    }

    private func row(_ fact: CertificateFact, _ rank: StatusRank) -> [Table.Cell] {
        let now = report.at
        var cells = [
            Table.Cell(fact.revoked == nil || fact.state == .expired ? fact.state.rawValue : "revoked", rank.style),
            Table.Cell(hosts(fact.hosts)),
            Table.Cell(fact.notAfter.map { StatusText.distance($0, now) } ?? "-"),
            Table.Cell(fact.renewAt.map { $0 <= now ? "due" : StatusText.distance($0, now) } ?? "-"),
            Table.Cell(fact.secret.description),
            Table.Cell(fact.issuer ?? "-"),
        ]
        if isWide {
            cells += [
                Table.Cell(fact.notAfter?.rfc3339 ?? "-"),
                Table.Cell(fact.lifetimeLeft.map { "\(Int(($0 * 100).rounded(.down)))%" } ?? "-"),
                Table.Cell(fact.keyAlgorithm ?? "-"),
                Table.Cell(fact.certificateIssuer ?? "-"),
                Table.Cell(fact.serialNumber ?? "-"),
                Table.Cell(fact.ingresses.isEmpty ? "-" : fact.ingresses.joined(separator: ",")),
                Table.Cell(fact.renewReason ?? "-"),
            ]
        }
        return cells
    }

    /// `59d`, `9d 4h`, `3h 12m`, `2d 3h ago`: hours do not matter where there are many days.
    private static func distance(_ date: Date, _ now: Date) -> String {
        let words = FactText.when(date, now)
        let short = words.hasPrefix("in ") ? String(words.dropFirst(3)) : words
        return abs(date.timeIntervalSince(now)) < 10 * 86_400
            ? short : short.split(separator: " ").filter { !$0.hasSuffix("h") }.joined(separator: " ")
    }

    /// The first host, and how many more there are; all of them in a wide table.
    private func hosts(_ all: [String]) -> String {
        guard let first = all.first else { return "-" }
        guard !isWide, all.count > 1 else { return all.joined(separator: ",") }
        return "\(first) +\(all.count - 1)"
    }

    private func problems() -> [String] {
        report.problems.flatMap { problem in remark("problem", "\(problem.subject): \(problem.message)", .alarm) }
    }

    /// Replicas that do not answer or are odd; all of them in a wide table.
    private func replicas() -> [String] {
        report.replicas.flatMap { replica -> [String] in
            if let problem = replica.problem ?? (replica.isReachable ? nil : "it does not answer") {
                return remark("replica", "\(replica.identity): \(problem)", .alarm)
            }
            let about = [replica.role, replica.version, replica.address].compactMap { $0 }.joined(separator: ", ")
            return isWide ? remark("replica", "\(replica.identity): \(about)", nil) : []
        }
    }

    private func remark(_ word: String, _ text: String, _ style: Terminal.Style?) -> [String] {
        HangingText(label: word, labelColumns: 9, text: text, labelStyle: style).lines(on: terminal)
    }

    private func wrapped(_ text: String, _ style: Terminal.Style?) -> [String] {
        Terminal.harmless(text).wrapped(to: terminal.columns).map { terminal.styled($0, style) }
    }
}
