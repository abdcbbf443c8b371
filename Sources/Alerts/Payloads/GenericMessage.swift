internal import FoundationEssentials

/// Our own JSON. The schema is in docs/alerts.md; fields are only ever added.
struct GenericMessage: Encodable {
    struct Alert: Encodable {
        let fingerprint: String
        let status: String
        let name: String
        let severity: AlertSeverity
        let object: AlertSubject
        let labels: [String: String]
        let summary: String
        let description: String
        let startsAt: Date
        let endsAt: Date?
    }

    let schema = "certctl.dev/alerts/v1"
    let status: String
    let receiver: String
    let sentAt: Date
    let group: [String: String]
    let alerts: [Alert]

    init(_ notification: AlertNotification, receiver: String, now: Date) {
        status = notification.isFiring ? "firing" : "resolved"
        self.receiver = receiver
        sentAt = now
        group = notification.groupLabels
        alerts = notification.items.map { item in
            Alert(
                fingerprint: item.labels.fingerprint, status: item.isFiring ? "firing" : "resolved", name: item.record.rule.name,
                severity: item.record.severity, object: item.record.subject, labels: item.labels.values, summary: item.record.summary,
                description: item.record.details, startsAt: item.record.startsAt ?? item.record.since, endsAt: item.record.endsAt)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case schema, status, receiver, sentAt, group, alerts
    }
}
