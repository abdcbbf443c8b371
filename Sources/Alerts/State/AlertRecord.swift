public import FoundationEssentials

/// One alert as it is kept across restarts.
public struct AlertRecord: Codable, Hashable, Sendable {
    /// Where an alert stands.
    public enum Phase: String, Codable, Hashable, Sendable {
        /// It has not lasted long enough to be told.
        case pending
        /// It is told.
        case firing
        /// It is over.
        case resolved
    }

    /// What a receiver was told last.
    public struct Told: Codable, Hashable, Sendable {
        /// When it took it.
        public var at: Date
        /// Whether it was told that the alert fires; false when it was told the end.
        public var isFiring: Bool
    }

    /// Which rule.
    public let rule: AlertRule
    /// About what.
    public let subject: AlertSubject
    /// How bad.
    public let severity: AlertSeverity
    /// The words of the last time that it was so.
    public internal(set) var summary: String
    /// See ``AlertCondition/details``.
    public internal(set) var details: String
    /// Since when it is so.
    public internal(set) var since: Date
    /// When it began to fire; nil while it is pending.
    public internal(set) var startsAt: Date?
    /// Since when it is not so any more, while that is not certain yet.
    public internal(set) var goneSince: Date?
    /// When it ended; nil while it fires.
    public internal(set) var endsAt: Date?
    /// What each receiver was told, by its name.
    public internal(set) var told: [String: Told]

    /// A pending alert.
    init(_ condition: AlertCondition, since: Date) {
        rule = condition.rule
        subject = condition.subject
        severity = condition.severity
        summary = condition.summary
        details = condition.details
        self.since = since
        told = [:]
    }

    /// Where it stands.
    public var phase: Phase { endsAt != nil ? .resolved : startsAt != nil ? .firing : .pending }

    /// Its identity.
    public var labels: AlertLabels { AlertLabels(rule: rule, subject: subject, severity: severity) }

    /// See ``AlertLabels/fingerprint``.
    public var fingerprint: String { labels.fingerprint }

    /// What follows each other: see ``AlertRule/family``.
    var line: Line { Line(family: rule.family, subject: subject) }

    /// A family about one subject.
    struct Line: Hashable {
        let family: String
        let subject: AlertSubject
    }
}
