internal import FoundationEssentials

/// Times as Go prints them, for messages that are cert-manager's.
enum GoTime {
    /// `time.Time.String()` in UTC: `2026-09-01 12:00:00 +0000 UTC`.
    static func text(_ date: Date?) -> String {
        guard let date else { return "<nil>" }
        let text = date.formatted(.iso8601)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) +0000 UTC"
    }

    /// `time.RFC1123` in UTC: `Tue, 01 Sep 2026 12:00:00 UTC`.
    static func rfc1123(_ date: Date?) -> String {
        guard let date else { return "<nil>" }
        let days = Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = date.formatted(.iso8601)
        let parts = text.prefix(10).split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), (1...12).contains(month) else { return text }
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(text.dropFirst(11).prefix(8)) UTC"
    }
}
