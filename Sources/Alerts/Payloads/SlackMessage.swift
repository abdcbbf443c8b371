/// The message of an incoming webhook of Slack; Mattermost, Rocket.Chat and others take the same.
struct SlackMessage: Encodable {
    struct Attachment: Encodable {
        let color: String
        let fallback: String
        let title: String
        let text: String
        let footer: String
    }

    let text: String
    let attachments: [Attachment]

    /// Alerts that are written out; of more the message says how many. Slack shows messages of more than 20 attachments badly.
    static let shownMax = 10

    init(_ notification: AlertNotification) {
        let firing = notification.items.count(where: \.isFiring)
        let resolved = notification.items.count - firing
        let names = Set(notification.items.map(\.record.rule.name)).sorted().joined(separator: ", ")
        let counts = [firing > 0 ? "\(firing) firing" : nil, resolved > 0 ? "\(resolved) resolved" : nil].compactMap { $0 }
        let rest = notification.items.count - SlackMessage.shownMax
        let place = notification.commonLabels["cluster"].map { " in \($0)" } ?? ""
        text = SlackMessage.escaped(
            "certctl\(place): \(names) (\(counts.joined(separator: ", ")))" + (rest > 0 ? "; \(rest) more than shown here" : ""))
        attachments = notification.items.prefix(SlackMessage.shownMax).map(SlackMessage.attachment)
    }

    private static func attachment(_ item: AlertNotification.Item) -> Attachment {
        let state = item.isFiring ? item.record.severity.rawValue : "resolved"
        let summary = escaped(item.record.summary)
        let color =
            switch (item.isFiring, item.record.severity) {
            case (false, _): "good"
            case (true, .critical): "danger"
            case (true, .warning): "warning"
            case (true, .info): "#439FE0"
            }
        let since = "since \(AlertTime.text(item.record.startsAt ?? item.record.since))"
        return Attachment(
            color: color, fallback: "[\(state)] \(summary)", title: "[\(state)] \(item.record.rule.name)",
            text: item.record.details.isEmpty ? summary : "\(summary)\n\(escaped(item.record.details))",
            footer: item.record.endsAt.map { "\(since), until \(AlertTime.text($0))" } ?? since)
    }

    /// The three characters that mean something to Slack.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
