internal import Core
internal import FoundationEssentials
internal import HTTPClient
public import Issuance
internal import Store

extension AlertController {
    /// What there is to say.
    public func report() async -> AlertReport {
        let now = time.now()
        var shown = state
        var problems = problems
        if office == nil {
            var keeper = AlertKeeper(store: store, namespace: namespace, permission: Fencing.Permission { false })
            do throws(StoreError) { shown = AlertState(records: try await keeper.load()) } catch {
                problems.append("the alerts cannot be read: \(error)")
            }
        }
        return AlertReport(
            at: now, isLeader: office != nil,
            alerts: shown.records.values.map { AlertReport.Alert($0) }.sorted(by: AlertReport.Alert.isBefore),
            receivers: receivers.map { receiver in
                let standing = standings[receiver.name] ?? Standing()
                return AlertReport.Receiver(
                    name: receiver.name, format: receiver.format.rawValue, address: receiver.addressShown,
                    minSeverity: receiver.severityMin,
                    waiting: NotificationPlanner(receiver: receiver, now: now).untoldCount(shown), lastDelivery: standing.lastDelivery,
                    failures: standing.failures, lastError: standing.lastError, nextAttempt: standing.nextAttempt)
            }, problems: problems)
    }

    /// Sends a test to a receiver, or to all of them, once.
    public func test(_ name: String?) async throws(OperationFailure) -> AlertTestAnswer {
        guard let permission = office?.permission, permission.isStanding else {
            throw OperationFailure(.notLeader, "alerts", "this process does not lead, so it sends no alerts")
        }
        let chosen = name.map { name in receivers.filter { $0.name == name } } ?? receivers
        guard !chosen.isEmpty else {
            let known = receivers.map(\.name).joined(separator: ", ")
            throw OperationFailure(
                .notFound, "AlertReceiver", name == nil ? "there is none" : "there is none with this name", got: name,
                allowed: known.isEmpty ? nil : known)
        }
        let (store, namespace, now) = (store, namespace, time.now())
        let items = await withTaskGroup(of: AlertTestAnswer.Item.self) { group in
            for receiver in chosen {
                group.addTask { await AlertController.test(receiver, store: store, namespace: namespace, now: now) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return AlertTestAnswer(items: items.sorted { $0.receiver < $1.receiver })
    }

    private static func test(_ receiver: AlertReceiver, store: any Store, namespace: String, now: Date) async -> AlertTestAnswer.Item {
        let delivery: AlertDelivery
        do throws(HTTPClientError) { delivery = try AlertDelivery(receiver, store: store, namespace: namespace) } catch {
            return AlertTestAnswer.Item(receiver: receiver.name, isDelivered: false, message: "\(error)")
        }
        let condition = AlertCondition(
            .test, AlertSubject(kind: "certctl", namespace: "", name: "certctl"), .info,
            "this is a test of AlertReceiver \(receiver.name) by `certctl alerts test`; nothing is wrong, nothing needs doing")
        var record = AlertRecord(condition, since: now)
        record.startsAt = now
        // Over at once, so that no pager keeps it.
        if receiver.format == .alertmanagerAPI { record.endsAt = now.addingTimeInterval(60) }
        let notification = AlertNotification(
            groupLabels: ["alertname": record.rule.name], items: [.init(record, record.fingerprint, for: receiver)])
        let outcome = await delivery.send(notification, now: now)
        await delivery.shutdown()
        switch outcome {
        case .delivered(let status):
            return AlertTestAnswer.Item(receiver: receiver.name, isDelivered: true, message: "answered \(status)")
        case .failed(let why, _): return AlertTestAnswer.Item(receiver: receiver.name, isDelivered: false, message: why)
        }
    }
}
