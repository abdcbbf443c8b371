internal import FoundationEssentials

/// Times as alerts write them.
enum AlertTime {
    /// RFC 3339 in UTC, with whole seconds.
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    /// A length of time in its two largest units: `3h 12m`.
    static func words(_ interval: TimeInterval) -> String {
        // Beyond some 30,000 years nobody reads the number; keeps the conversion to Int safe for any date in a certificate.
        let seconds = Int(min(max(interval, 0), 1e12))
        switch seconds {
        case 86_400...: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
        case 3600...: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
        case 60...: return "\(seconds / 60)m \(seconds % 60)s"
        default: return "\(seconds)s"
        }
    }
}
