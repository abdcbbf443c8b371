public import FoundationEssentials

/// What `certctl alerts list` shows.
public struct AlertReport: Codable, Hashable, Sendable {
    /// One alert.
    public struct Alert: Codable, Hashable, Sendable {
        /// See ``AlertLabels/fingerprint``.
        public var fingerprint: String
        /// The label `alertname`.
        public var name: String
        /// How bad.
        public var severity: AlertSeverity
        /// Where it stands.
        public var phase: AlertRecord.Phase
        /// About what.
        public var object: AlertSubject
        /// What is wrong, and the next step.
        public var summary: String
        /// More, such as the CA's words; empty for nothing.
        public var description: String
        /// Since when it is so.
        public var since: Date
        /// When it began to fire.
        public var startsAt: Date?
        /// When it ended.
        public var endsAt: Date?
        /// The receivers that know it as it stands, sorted.
        public var told: [String]
    }

    /// One receiver.
    public struct Receiver: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// What it is sent.
        public var format: String
        /// Scheme, host and port, or the Secret that has the URL: paths of webhooks are secrets.
        public var address: String
        /// The least severity that it gets.
        public var minSeverity: AlertSeverity
        /// Alerts that it has not been told of as they are.
        public var waiting: Int
        /// When it last took a notification, since this process leads.
        public var lastDelivery: Date?
        /// Failed tries in a row.
        public var failures: Int
        /// What the last of them was.
        public var lastError: String?
        /// When the next try is due.
        public var nextAttempt: Date?
    }

    /// When the report was made.
    public var at: Date
    /// Whether the process that answers is the one that tells. Another one knows what was stored when it was asked.
    public var isLeader: Bool
    /// What fires first, then what is pending, then what is over; the worst first.
    public var alerts: [Alert]
    /// Sorted by name.
    public var receivers: [Receiver]
    /// What keeps alerts from being kept or told; empty when nothing does.
    public var problems: [String]
}

extension AlertReport.Alert {
    init(_ record: AlertRecord) {
        fingerprint = record.fingerprint
        name = record.rule.name
        severity = record.severity
        phase = record.phase
        object = record.subject
        summary = record.summary
        description = record.details
        since = record.since
        startsAt = record.startsAt
        endsAt = record.endsAt
        told = record.told.filter { $0.value.isFiring == (record.phase == .firing) }.keys.sorted()
    }

    /// The order of lists.
    static func isBefore(_ left: Self, _ right: Self) -> Bool {
        func rank(_ phase: AlertRecord.Phase) -> Int {
            switch phase {
            case .firing: 0
            case .pending: 1
            case .resolved: 2
            }
        }
        if left.phase != right.phase { return rank(left.phase) < rank(right.phase) }
        if left.severity != right.severity { return left.severity > right.severity }
        if left.since != right.since { return left.since < right.since }
        return left.fingerprint < right.fingerprint
    }
}

/// What `certctl alerts test` asks for.
public struct AlertTestRequest: Codable, Hashable, Sendable {
    /// The receiver; nil for all.
    public var receiver: String?

    /// Asks for a test.
    public init(receiver: String?) { self.receiver = receiver }
}

/// What became of an ``AlertTestRequest``.
public struct AlertTestAnswer: Codable, Hashable, Sendable {
    /// About one receiver.
    public struct Item: Codable, Hashable, Sendable {
        /// Its name.
        public var receiver: String
        /// Whether it took the test.
        public var isDelivered: Bool
        /// What it answered, or why there was no answer.
        public var message: String
    }

    /// Sorted by receiver.
    public var items: [Item]
}
