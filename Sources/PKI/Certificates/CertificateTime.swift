internal import COpenSSL
internal import Glibc

/// X.509 times. RFC 5280 §4.1.2.5: UTCTime from 1950 to 2049, GeneralizedTime before and after.
enum CertificateTime {
    /// Seconds since 1970, negative before; nil when it is not a time.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = unsafe tm()
        guard unsafe time != nil, unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        // Not by timegm(): whether it takes years before 1900 is the platform's affair.
        let date = unsafe (year: Int64(parts.tm_year) + 1900, month: Int64(parts.tm_mon) + 1, day: Int64(parts.tm_mday))
        let time = unsafe (hour: Int64(parts.tm_hour), minute: Int64(parts.tm_min), second: Int64(parts.tm_sec))
        return days(year: date.year, month: date.month, day: date.day) * 86_400 + time.hour * 3600 + time.minute * 60 + time.second
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Counts in eras of 400 years from 0000-03-01.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
