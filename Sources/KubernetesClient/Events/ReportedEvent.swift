internal import Core

/// Something that happened to an object and that its owner should know: what becomes an `events.k8s.io/v1` Event.
public struct ReportedEvent: Hashable, Sendable {
    /// `type` of an Event.
    public enum Severity: String, Hashable, Sendable {
        /// As it should be.
        case normal = "Normal"
        /// Somebody may have to act.
        case warning = "Warning"
    }

    /// The object that it is about.
    public let regarding: ObjectReference
    /// `type`.
    public let severity: Severity
    /// Why, in one word such as `Issued`, of at most 128 bytes.
    public let reason: String
    /// What certctl did or did not do, in one word such as `Issue`, of at most 128 bytes.
    public let action: String
    /// What happened, for people. Cut to ``EventLimits/noteBytesMax``. Never a key, a token or the content of a Secret.
    public let note: String
    /// What makes this occurrence the one that it is, such as a serial number: it is then told once, also when another process or
    /// another leader tells it again while the API server remembers the first time. Nil for what is told each time.
    public let occurrence: String?

    /// Makes an event; what is too long is cut.
    public init(
        regarding: ObjectReference, severity: Severity, reason: String, action: String, note: String, occurrence: String? = nil
    ) {
        self.regarding = regarding
        self.severity = severity
        self.reason = reason.cut(toBytes: EventLimits.wordBytesMax)
        self.action = action.cut(toBytes: EventLimits.wordBytesMax)
        self.note = note.cut(toBytes: EventLimits.noteBytesMax)
        self.occurrence = occurrence
    }
}
