internal import Core

/// What one receiver is to be told at once.
struct AlertNotification: Hashable, Sendable {
    /// One alert of it.
    struct Item: Hashable, Sendable {
        let record: AlertRecord
        /// Of the record: the receiver's own labels are not part of it.
        let fingerprint: String
        /// With the receiver's own.
        let labels: AlertLabels
        var isFiring: Bool { record.phase == .firing }

        init(_ record: AlertRecord, _ fingerprint: String, for receiver: AlertReceiver) {
            self.record = record
            self.fingerprint = fingerprint
            labels = record.labels.adding(receiver.labels)
        }
    }

    /// The labels by which its alerts were put together.
    let groupLabels: [String: String]
    /// The alerts: first what is new, then what is over, then what goes on.
    let items: [Item]

    /// Whether anything fires.
    var isFiring: Bool { items.contains(where: \.isFiring) }

    /// What it says of each alert, by the alert's fingerprint in the state.
    var told: [String: Bool] { Dictionary(items.map { ($0.fingerprint, $0.isFiring) }) { first, _ in first } }

    /// Labels that all alerts have.
    var commonLabels: [String: String] {
        guard let first = items.first else { return [:] }
        return items.dropFirst().reduce(first.labels.values) { common, item in common.filter { item.labels.values[$0.key] == $0.value } }
    }
}
