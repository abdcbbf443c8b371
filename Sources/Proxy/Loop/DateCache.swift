internal import Glibc
internal import HTTP1

/// The `Date` of responses, made once per second and loop.
final class DateCache {
    private var second: time_t = .min
    private var date = HTTPDate(secondsSinceEpoch: 0)

    /// Now, to the second.
    @inline(__always)
    func now() -> HTTPDate {
        let now = time(nil)
        if now != second {
            second = now
            date = HTTPDate(secondsSinceEpoch: Int64(now))
        }
        return date
    }
}
