public import FoundationEssentials
public import Issuance

/// What happened to certificates lately: what the admin API answers at `/api/v1/timeline`.
public struct TimelineReport: Codable, Sendable, Equatable {
    /// When the report was made.
    public var at: Date
    /// Since when the process remembers.
    public var since: Date
    /// What happened, newest first.
    public var happenings: [IssuanceHappening]

    /// Makes a report.
    public init(at: Date, since: Date, happenings: [IssuanceHappening]) {
        self.at = at
        self.since = since
        self.happenings = happenings
    }
}
