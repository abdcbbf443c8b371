internal import Core
internal import FoundationEssentials

/// The two forms of time that a CA sends.
enum Timestamp {
    /// An RFC 3339 time such as `2026-09-01T12:00:00.25Z` or with `+02:00`; fractions are dropped. Nil when it is none.
    static func rfc3339(_ text: String) -> Date? {
        var reader = Reader(text)
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let time = reader.timeOfDay()
        else { return nil }
        if reader.skip(".") { guard reader.skipDigits() else { return nil } }
        guard let offset = reader.zone(), reader.isAtEnd else { return nil }
        return date(year: year, month: month, day: day, secondOfDay: time).map { $0.addingTimeInterval(Double(-offset)) }
    }

    /// An HTTP date in any of the three forms that a recipient must read. RFC 9110 §5.6.7. Nil when it is none.
    static func httpDate(_ text: String) -> Date? {
        var reader = Reader(text)
        guard reader.word() != nil else { return nil }
        if reader.skip(", ") {
            guard let day = reader.number(digits: 2) else { return nil }
            let isRFC850 = reader.skip("-")
            guard isRFC850 || reader.skip(" "), let month = reader.month(), reader.skip(isRFC850 ? "-" : " "),
                let year = isRFC850 ? reader.number(digits: 2).map({ $0 < 70 ? 2000 + $0 : 1900 + $0 }) : reader.number(digits: 4),
                reader.skip(" "), let time = reader.timeOfDay(), reader.skip(" GMT"), reader.isAtEnd
            else { return nil }
            return date(year: year, month: month, day: day, secondOfDay: time)
        }
        guard reader.skip(" "), let month = reader.month(), reader.skip(" "),
            let day = reader.skip(" ") ? reader.number(digits: 1) : reader.number(digits: 2), reader.skip(" "),
            let time = reader.timeOfDay(), reader.skip(" "), let year = reader.number(digits: 4), reader.isAtEnd
        else { return nil }
        return date(year: year, month: month, day: day, secondOfDay: time)
    }

    /// The time in a `Retry-After`: seconds or an HTTP date (RFC 9110 §10.2.3), never in the past and never further away than
    /// ``ACMELimits/retryAfterMax``. Nil when it is neither.
    static func retryAfter(_ text: String, now: Date) -> Date? {
        let value = text.trimmingPrefix(while: { $0 == " " })
        let latest = now.addingTimeInterval(ACMELimits.retryAfterMax.seconds)
        if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // More digits than a number holds is still "very long".
            guard let seconds = Int32(value) else { return latest }
            return min(now.addingTimeInterval(Double(seconds)), latest)
        }
        return httpDate(String(value)).map { min(max($0, now), latest) }
    }

    /// The RFC 3339 form in UTC with whole seconds.
    static func rfc3339(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    private static func date(year: Int, month: Int, day: Int, secondOfDay: Int) -> Date? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...lengths[month - 1]).contains(day) else { return nil }
        // Days since 1970 by counting years from March, so that the leap day comes last.
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Date(timeIntervalSince1970: Double(days) * 86_400 + Double(secondOfDay))
    }

    /// Reads a text from left to right; a failed step leaves it where it was.
    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ text: StaticString) -> Bool {
            let wanted = "\(text)".utf8
            guard rest.starts(with: wanted) else { return false }
            rest = rest.dropFirst(wanted.count)
            return true
        }

        mutating func number(digits: Int) -> Int? {
            let head = rest.prefix(digits)
            guard head.count == digits else { return nil }
            var value = 0
            for byte in head {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            rest = rest.dropFirst(digits)
            return value
        }

        mutating func skipDigits() -> Bool {
            let before = rest.count
            while number(digits: 1) != nil {}
            return rest.count < before
        }

        mutating func word() -> Substring? {
            let letters = rest.prefix { (UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0) }
            guard !letters.isEmpty else { return nil }
            rest = rest.dropFirst(letters.count)
            return Substring(letters)
        }

        mutating func month() -> Int? {
            let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            guard let name = word(), let index = names.firstIndex(of: String(name)) else { return nil }
            return index + 1
        }

        /// Second of the day from `hh:mm:ss`; a leap second counts as the one before it.
        mutating func timeOfDay() -> Int? {
            guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"), let second = number(digits: 2)
            else { return nil }
            guard hour < 24, minute < 60, second <= 60 else { return nil }
            return hour * 3600 + minute * 60 + min(second, 59)
        }

        /// Seconds east of Greenwich from `Z` or `±hh:mm`.
        mutating func zone() -> Int? {
            if skip("Z") || skip("z") { return 0 }
            let sign = skip("+") ? 1 : skip("-") ? -1 : 0
            guard sign != 0, let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours < 24, minutes < 60
            else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}
