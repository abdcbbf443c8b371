internal import CALimits
internal import Core
internal import Issuance

/// Accounts as text for people.
enum AccountText {
    /// A paragraph for each.
    static func text(of reports: [AccountReport], on terminal: Terminal) -> String {
        guard !reports.isEmpty else { return "there is no ACME issuer\n" }
        return reports.map { text(of: $0, on: terminal) }.joined(separator: "\n")
    }

    private static func text(of report: AccountReport, on terminal: Terminal) -> String {
        let style: Terminal.Style =
            switch report.state {
            case .valid: .good
            case .none: .notice
            case .deactivated, .revoked, .unknown: .alarm
            }
        var text = terminal.styled(Terminal.harmless(report.issuer), .heading) + "  " + terminal.styled(words(report.state), style) + "\n"
        for (name, value) in lines(of: report) { text += "  \(name.padded(to: 16))\(Terminal.harmless(value))\n" }
        if let problem = report.problem { text += "  " + terminal.styled("problem", .alarm) + "         \(Terminal.harmless(problem))\n" }
        return text
    }

    private static func words(_ state: AccountReport.State) -> String {
        switch state {
        case .none: "no account yet"
        case .valid, .deactivated, .revoked, .unknown: state.rawValue
        }
    }

    /// Of the buckets for domains and hosts those of which most is spent come first; `-o json` has all.
    private static let limitsMax = 12

    private static func words(of entry: BudgetReport.Entry) -> String {
        let whose = entry.account == entry.key || entry.key.isEmpty ? "" : " for \(entry.key)"
        let next = entry.refillsAt.map { ", one more at \($0.rfc3339)" } ?? ""
        return "\(entry.limit)\(whose): \(entry.left) of \(entry.allowed) left\(next)"
    }

    private static func lines(of report: AccountReport) -> [(name: String, value: String)] {
        var lines = [(name: "directory", value: report.directory)]
        if let url = report.url { lines.append(("account", url)) }
        if !report.contacts.isEmpty { lines.append(("contacts", report.contacts.joined(separator: ", "))) }
        lines.append(("key", "Secret \(report.keySecret)" + (report.keyAlgorithm.map { ", \($0)" } ?? "")))
        if let thumbprint = report.keyThumbprint { lines.append(("thumbprint", thumbprint)) }
        if let terms = report.termsOfService { lines.append(("terms", terms)) }
        if let keyID = report.externalAccountKeyID { lines.append(("external account", keyID)) }
        lines.append(("certificates", report.certificates.isEmpty ? "none" : report.certificates.joined(separator: ", ")))
        if !report.pendingOrders.isEmpty { lines.append(("pending orders", report.pendingOrders.joined(separator: ", "))) }
        for entry in (report.limits ?? []).filter({ $0.used > 0 || $0.account == $0.key }).prefix(limitsMax) {
            lines.append(("limit", words(of: entry)))
        }
        for refusal in report.refusals ?? [] {
            lines.append(("waits", "until \(refusal.notBefore.rfc3339): the CA said: \(refusal.words)"))
        }
        for record in report.persistentRecords { lines.append(("DNS record", "\(record.name). IN TXT \"\(record.value)\"")) }
        return lines
    }
}
