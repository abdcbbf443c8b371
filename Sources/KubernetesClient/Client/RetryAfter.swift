internal import Core
internal import FoundationEssentials

/// `Retry-After`, RFC 9110 §10.2.3: seconds, or a date.
enum RetryAfter {
    /// - Returns: the time to wait from now on, at most a day; nil when the field is missing or malformed.
    static func parse(_ value: String?, now: Date) -> Duration? {
        guard let value else { return nil }
        if let seconds = Int(value) { return seconds < 0 ? nil : .seconds(min(seconds, 86_400)) }
        guard let date = date(value) else { return nil }
        return .seconds(min(max(0, date.timeIntervalSince(now)), 86_400))
    }

    /// IMF-fixdate, RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms were never sent by an API server.
    private static func date(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return try? Date("\(words[3])-\(number)-\(words[1])T\(words[4])Z", strategy: .iso8601)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
