internal import FoundationEssentials

/// What Alertmanager sends to webhooks, version 4 (prometheus.io/docs/alerting/latest/configuration, `webhook_config`).
struct AlertmanagerWebhook: Encodable {
    struct Alert: Encodable {
        let status: String
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: Date
        /// Go's zero time while it fires.
        let endsAt: String
        let generatorURL: String
        let fingerprint: String
    }

    let version = "4"
    let groupKey: String
    let truncatedAlerts = 0
    let status: String
    let receiver: String
    let groupLabels: [String: String]
    let commonLabels: [String: String]
    let commonAnnotations: [String: String]
    let externalURL = ""
    let alerts: [Alert]

    init(_ notification: AlertNotification, receiver: String) {
        let labels = notification.groupLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
        groupKey = "{}/{certctl=\"\(receiver)\"}:{\(labels.joined(separator: ", "))}"
        status = notification.isFiring ? "firing" : "resolved"
        self.receiver = receiver
        groupLabels = notification.groupLabels
        commonLabels = notification.commonLabels
        commonAnnotations = notification.items.count == 1 ? notification.items.first?.annotations ?? [:] : [:]
        alerts = notification.items.map { item in
            Alert(
                status: item.isFiring ? "firing" : "resolved", labels: item.labels.values, annotations: item.annotations,
                startsAt: item.record.startsAt ?? item.record.since,
                endsAt: item.record.endsAt.map(AlertTime.text) ?? "0001-01-01T00:00:00Z", generatorURL: "",
                fingerprint: item.labels.fingerprint)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case version, groupKey, truncatedAlerts, status, receiver, groupLabels, commonLabels, commonAnnotations, externalURL, alerts
    }
}

/// An alert as an Alertmanager takes it, `postableAlert` of its API v2.
struct AlertmanagerAlert: Encodable {
    let labels: [String: String]
    let annotations: [String: String]
    let startsAt: Date
    let endsAt: Date

    /// - Parameter endsIfFiring: when the Alertmanager is to take an alert for over that it hears nothing more of.
    init(_ item: AlertNotification.Item, endsIfFiring: Date) {
        labels = item.labels.values
        annotations = item.annotations
        startsAt = item.record.startsAt ?? item.record.since
        endsAt = max(item.record.endsAt ?? endsIfFiring, startsAt)
    }
}
