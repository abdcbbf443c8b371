internal import Alerts
internal import FoundationEssentials

/// Alerts and receivers for people: one line for each alert with its sentence below, then the receivers.
struct AlertsText {
    let report: AlertReport
    let terminal: Terminal

    func render() -> String {
        var text = alerts() + "\n" + receivers()
        for problem in report.problems { text += terminal.styled("problem", .alarm) + "  " + Terminal.harmless(problem) + "\n" }
        if !report.isLeader {
            text += terminal.styled("this process does not lead: the alerts are as the one that does last kept them", .notice) + "\n"
        }
        return text
    }

    private func alerts() -> String {
        guard !report.alerts.isEmpty else { return terminal.styled("no alerts", .good) + "\n" }
        var text = ""
        for alert in report.alerts {
            let (word, style): (String, Terminal.Style) =
                switch (alert.phase, alert.severity) {
                case (.resolved, _): ("resolved", .good)
                case (.pending, _): ("pending", .notice)
                case (.firing, .critical): ("critical", .alarm)
                case (.firing, .warning): ("warning", .alarm)
                case (.firing, .info): ("info", .notice)
                }
            let since = (alert.endsAt ?? alert.startsAt ?? alert.since).distance(from: report.at).drop { $0 == "-" }
            let told = alert.told.isEmpty ? "nobody told yet" : "told: \(alert.told.joined(separator: ", "))"
            text +=
                "\(terminal.styled(word, style))  \(alert.name)  for \(since)  \(alert.phase == .pending ? "" : Terminal.harmless(told))\n"
            text += "  \(Terminal.harmless(alert.summary))\n"
            if !alert.description.isEmpty { text += "  \(Terminal.harmless(alert.description))\n" }
        }
        return text
    }

    private func receivers() -> String {
        guard !report.receivers.isEmpty else { return "no AlertReceiver: nobody is told\n" }
        var table = Table(columns: ["RECEIVER", "FORMAT", "ADDRESS", "FROM", "WAITING", "LAST DELIVERY", "FAILURES", "LAST ERROR"])
        for receiver in report.receivers {
            table.add([
                Table.Cell(receiver.name), Table.Cell(receiver.format), Table.Cell(receiver.address),
                Table.Cell(receiver.minSeverity.rawValue), Table.Cell("\(receiver.waiting)"),
                Table.Cell(receiver.lastDelivery.map { "\($0.distance(from: report.at).drop { $0 == "-" }) ago" } ?? "-"),
                Table.Cell("\(receiver.failures)", receiver.failures > 0 ? .alarm : nil), Table.Cell(receiver.lastError ?? "-"),
            ])
        }
        return table.render(on: terminal)
    }
}
