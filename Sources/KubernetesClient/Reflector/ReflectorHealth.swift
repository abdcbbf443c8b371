public import FoundationEssentials

/// How one reflector is doing.
public struct ReflectorHealth: Hashable, Sendable {
    /// What it follows, such as `ingresses` or `secrets shop`.
    public let subject: String
    /// Whether it had a complete list once.
    public var isSynced = false
    /// When the last list was complete.
    public var lastList: Date?
    /// When the last event or bookmark came.
    public var lastEvent: Date?
    /// Complete lists so far.
    public var lists = 0
    /// Watches so far.
    public var watches = 0
    /// Why it gets no news; nil when it does.
    public var trouble: APIError?
    /// Since when.
    public var troubleSince: Date?

    /// The health of a reflector that has not begun.
    public init(subject: String) { self.subject = subject }
}
