/// A `Date` field line, made once a second and copied into each answer. RFC 9110 §5.6.7 (IMF-fixdate), §6.6.1.
public struct HTTPDate: Sendable, Hashable {
    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its CRLF.
    let line: [UInt8]

    /// The date alone, as other fields use it (`Last-Modified`, `Expires`).
    public var text: String { String(decoding: line.dropFirst(6).dropLast(2), as: UTF8.self) }

    /// Formats a time.
    ///
    /// - Parameter seconds: since 1970-01-01 00:00:00 UTC; years 0...9999 are written in four digits.
    public init(secondsSinceEpoch seconds: Int64) {
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let day = second < 0 ? days - 1 : days
        let secondOfDay = second < 0 ? second + 86_400 : second
        let (year, month, dayOfMonth) = Self.civil(fromDays: day)
        let weekday = Int(((day % 7) + 11) % 7)  // 1970-01-01 was a Thursday
        var line = Array("Date: ".utf8)
        line += Self.weekdays[weekday].utf8
        line +=
            ", \(Self.padded(dayOfMonth)) \(Self.months[month - 1]) \(year / 1000 % 10)\(year / 100 % 10)\(year / 10 % 10)\(year % 10)".utf8
        line +=
            " \(Self.padded(Int(secondOfDay / 3600))):\(Self.padded(Int(secondOfDay / 60 % 60))):\(Self.padded(Int(secondOfDay % 60)))".utf8
        line += " GMT\r\n".utf8
        self.line = line
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the leap day is the last of its year, in
    /// eras of 400 years or 146,097 days.
    private static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468  // 0000-03-01
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        return (year, month, Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1))
    }
}
