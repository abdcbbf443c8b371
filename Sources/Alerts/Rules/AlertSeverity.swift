/// How bad it is; the value of the label `severity`.
public enum AlertSeverity: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
    /// Good to know: nothing is lost if nobody acts today.
    case info
    /// Somebody has to act before it becomes critical.
    case warning
    /// Visitors see errors, or will very soon.
    case critical

    /// By badness.
    public static func < (left: AlertSeverity, right: AlertSeverity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}
