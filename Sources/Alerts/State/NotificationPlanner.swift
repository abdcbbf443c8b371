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
        var groups: [[String: String]: [AlertRecord]] = [:]
        for record in state.records.values where isOfInterest(record) { groups[group(of: record), default: []].append(record) }
        var due: [(severity: AlertSeverity, notification: AlertNotification)] = []
        var next: Date?
        for (labels, records) in groups {
            guard let moment = moment(of: records) else { continue }
            if moment <= now {
                due.append((records.map(\.severity).max() ?? .info, notification(labels, records)))
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

    private enum Kind: Int { case new, over, repeated, known }

    private func notification(_ labels: [String: String], _ records: [AlertRecord]) -> AlertNotification {
        let ordered = records.map { (kind: kind(of: $0).rawValue, record: $0, fingerprint: $0.fingerprint) }.sorted { left, right in
            if left.kind != right.kind { return left.kind < right.kind }
            if left.record.severity != right.record.severity { return left.record.severity > right.record.severity }
            return left.fingerprint < right.fingerprint
        }
        let items = ordered.prefix(AlertLimits.alertsPerNotificationMax).map { AlertNotification.Item($0.record, for: receiver) }
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
    private func moment(of records: [AlertRecord]) -> Date? {
        let last = records.compactMap { $0.told[receiver.name]?.at }.max()
        let fresh = records.filter { kind(of: $0) == .new }
        var moments: [Date] = []
        if !fresh.isEmpty || records.contains(where: { $0.phase == .resolved }) {
            if let last {
                // What did not fit into the last notification follows at once.
                let isRest = fresh.contains { $0.told[receiver.name] == nil && ($0.startsAt ?? now) <= last }
                moments.append(isRest ? last : last.addingTimeInterval(receiver.groupInterval.seconds))
            } else {
                let first = fresh.compactMap(\.startsAt).min() ?? now
                moments.append(first.addingTimeInterval(receiver.groupWait.seconds))
            }
        }
        let known = records.filter { $0.phase == .firing }.compactMap { $0.told[receiver.name] }.filter(\.isFiring).map(\.at).min()
        if let known { moments.append(known.addingTimeInterval(receiver.repeatInterval.seconds)) }
        return moments.min()
    }
}
