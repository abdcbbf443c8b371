internal import Core
internal import FoundationEssentials

/// Which notifications are due: a function of the state, so that nothing but the state has to survive.
///
/// There is no queue of messages. What a receiver has not been told is worked out from what it has been; one that was away for an hour is told
/// how things are now, once, and hears nothing of what came and went meanwhile.
struct NotificationPlanner {
    let receiver: AlertReceiver
    let now: Date

    /// What is to be told now, the most urgent first; and when there will be more, nil for not before anything changes.
    func plan(_ state: AlertState) -> (due: [AlertNotification], next: Date?) {
        var groups: [[String: String]: [Entry]] = [:]
        for (fingerprint, record) in state.records where isOfInterest(record) {
            groups[group(of: record), default: []].append(Entry(fingerprint: fingerprint, record: record, kind: kind(of: record)))
        }
        var due: [(severity: AlertSeverity, notification: AlertNotification)] = []
        var next: Date?
        for (labels, entries) in groups {
            guard let moment = moment(of: entries) else { continue }
            if moment <= now {
                due.append((entries.map(\.record.severity).max() ?? .info, notification(labels, entries)))
            } else {
                next = min(next ?? moment, moment)
            }
        }
        return (due.sorted { $0.severity > $1.severity }.map(\.notification), next)
    }

    /// How many alerts it has not been told of as they are.
    func untoldCount(_ state: AlertState) -> Int {
        state.records.values.count { record in
            isOfInterest(record) && (kind(of: record) == .new || kind(of: record) == .over)
        }
    }

    /// In the order of a notification.
    private enum Kind: Int { case new, over, repeated, known }

    private struct Entry {
        let fingerprint: String
        let record: AlertRecord
        let kind: Kind
    }

    private func notification(_ labels: [String: String], _ entries: [Entry]) -> AlertNotification {
        let ordered = entries.sorted { left, right in
            if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
            if left.record.severity != right.record.severity { return left.record.severity > right.record.severity }
            return left.fingerprint < right.fingerprint
        }
        let items = ordered.prefix(AlertLimits.alertsPerNotificationMax).map {
            AlertNotification.Item($0.record, $0.fingerprint, for: receiver)
        }
        return AlertNotification(groupLabels: labels, items: items)
    }

    private func kind(of record: AlertRecord) -> Kind {
        if record.phase == .resolved { return .over }
        guard let told = record.told[receiver.name], told.isFiring else { return .new }
        return now.timeIntervalSince(told.at) >= receiver.repeatInterval.seconds ? .repeated : .known
    }

    /// What fires, and what is over although the receiver was told that it fires.
    private func isOfInterest(_ record: AlertRecord) -> Bool {
        guard receiver.wants(record.severity, record.subject) else { return false }
        switch record.phase {
        case .pending: return false
        case .firing: return true
        case .resolved: return receiver.sendsResolved && record.told[receiver.name]?.isFiring == true
        }
    }

    private func group(of record: AlertRecord) -> [String: String] {
        record.labels.adding(receiver.labels).values.filter { receiver.groupBy.contains($0.key) }
    }

    /// When a group is to be told next; nil for never.
    private func moment(of entries: [Entry]) -> Date? {
        func told(_ entry: Entry) -> AlertRecord.Told? { entry.record.told[receiver.name] }
        let last = entries.compactMap { told($0)?.at }.max()
        let fresh = entries.filter { $0.kind == .new }
        var moments: [Date] = []
        if !fresh.isEmpty || entries.contains(where: { $0.kind == .over }) {
            if let last {
                // What did not fit into the last notification follows at once.
                let isRest = fresh.contains { told($0) == nil && ($0.record.startsAt ?? now) <= last }
                moments.append(isRest ? last : last.addingTimeInterval(receiver.groupInterval.seconds))
            } else {
                let first = fresh.compactMap(\.record.startsAt).min() ?? now
                moments.append(first.addingTimeInterval(receiver.groupWait.seconds))
            }
        }
        let known = entries.filter { $0.kind == .known || $0.kind == .repeated }.compactMap { told($0)?.at }.min()
        if let known { moments.append(known.addingTimeInterval(receiver.repeatInterval.seconds)) }
        return moments.min()
    }
}
