internal import FoundationEssentials

/// A time as a Lease has it: RFC 3339 in UTC with exactly six digits behind the point, which is all that the API server takes.
enum MicroTime {
    static func text(_ date: Date) -> String {
        let micros = Int64((date.timeIntervalSince1970 * 1_000_000).rounded(.down))
        let (seconds, rest) = (micros.flooredQuotient(1_000_000), micros.flooredRemainder(1_000_000))
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).dropLast()
        let digits = String(rest)
        return whole + "." + String(repeating: "0", count: 6 - digits.count) + digits + "Z"
    }
}

extension Int64 {
    fileprivate func flooredRemainder(_ divisor: Int64) -> Int64 { ((self % divisor) + divisor) % divisor }
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 { (self - flooredRemainder(divisor)) / divisor }
}
