internal import FoundationEssentials

extension Date {
    /// How far this instant is from `now`, in the two largest units: `59d 4h`, `3h 12m`, `45s`; with a leading `-` when it is past.
    func distance(from now: Date) -> String {
        let total = timeIntervalSince(now)
        // Beyond some 30,000 years nobody reads the number; keeps the conversion to Int safe for any date in a certificate.
        let seconds = Int(min(abs(total), 1e12))
        let words =
            switch seconds {
            case 86_400...: "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
            case 3600...: "\(seconds / 3600)h \(seconds % 3600 / 60)m"
            case 60...: "\(seconds / 60)m \(seconds % 60)s"
            default: "\(seconds)s"
            }
        return total < 0 ? "-" + words : words
    }

    /// RFC 3339 in UTC with whole seconds, as Kubernetes writes times.
    var rfc3339: String {
        formatted(.iso8601)
    }
}
