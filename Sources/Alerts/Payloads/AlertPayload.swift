internal import Core
internal import FoundationEssentials

/// The bytes of a notification in the receiver's format. Holds no secret: only what facts say.
enum AlertPayload {
    /// The content type of all of them.
    static let contentType = "application/json"

    /// Writes a notification.
    static func bytes(of notification: AlertNotification, for receiver: AlertReceiver, now: Date) throws -> [UInt8] {
        switch receiver.format {
        case .alertmanager: try encode(AlertmanagerWebhook(notification, receiver: receiver.name))
        case .alertmanagerAPI:
            try encode(notification.items.map { AlertmanagerAlert($0, endsIfFiring: now.addingTimeInterval(lifetime(receiver))) })
        case .slack: try encode(SlackMessage(notification))
        case .generic: try encode(GenericMessage(notification, receiver: receiver.name, now: now))
        }
    }

    /// An Alertmanager takes an alert that nobody repeats for over; two repetitions may be lost.
    private static func lifetime(_ receiver: AlertReceiver) -> TimeInterval {
        2 * receiver.repeatInterval.seconds + receiver.groupInterval.seconds + AlertLimits.retryMax.seconds
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(value))
    }
}

extension AlertNotification.Item {
    /// `summary` and `description`, as Prometheus' own alerts have them.
    var annotations: [String: String] {
        var annotations = ["summary": record.summary]
        if !record.details.isEmpty { annotations["description"] = record.details }
        return annotations
    }
}
