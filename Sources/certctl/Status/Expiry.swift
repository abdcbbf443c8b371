internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import Issuance

/// How near the end of a certificate is, as `--expiring` takes it: a time, or a fraction of the lifetime. Fractions suit certificates of six
/// days and of ninety alike.
enum Expiry: Hashable {
    /// It ends within this time.
    case within(Duration)
    /// No more than this is left of its lifetime.
    case fraction(Double)

    /// Reads `7d`, `2w`, `1d12h`, `36h`, `90m`, `1/3`, `33%` or `0.33`.
    init?(_ text: String) {
        if let duration = Expiry.duration(text) {
            self = .within(duration)
        } else if let fraction = Expiry.fraction(text), fraction > 0, fraction <= 1 {
            self = .fraction(fraction)
        } else {
            return nil
        }
    }

    /// Whether a certificate is that near its end, or past it. One that is not there has no end.
    func includes(_ fact: CertificateFact, at now: Date) -> Bool {
        guard let notAfter = fact.notAfter else { return false }
        switch self {
        case .within(let duration): return notAfter.timeIntervalSince(now) <= duration.seconds
        case .fraction(let fraction):
            let start = fact.notBefore ?? notAfter
            let lifetime = notAfter.timeIntervalSince(start)
            return lifetime <= 0 || notAfter.timeIntervalSince(now) <= lifetime * fraction
        }
    }

    static let complaint = "allowed are a time such as 7d, 2w, 1d12h or 36h, and a fraction of the lifetime such as 1/3, 33% or 0.33"

    private static func fraction(_ text: String) -> Double? {
        if text.hasSuffix("%") { return number(text.dropLast()).map { $0 / 100 } }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let above = number(parts[0]), let below = number(parts[1]), below > 0 else { return nil }
            return above / below
        }
        // A whole number is a slip: a time without its unit.
        return text.contains(".") ? number(text[...]) : nil
    }

    private static func number(_ text: Substring) -> Double? {
        text.utf8.allSatisfy { ("0"..."9").contains(Character(UnicodeScalar($0))) || $0 == UInt8(ascii: ".") } ? Double(text) : nil
    }

    /// Weeks and days, which Go does not know, then what it does.
    private static func duration(_ text: String) -> Duration? {
        var rest = text[...]
        var hours = 0.0
        for (unit, length) in [("w", 168.0), ("d", 24.0)] {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard rest[digits.endIndex...].hasPrefix(unit), let count = number(digits), count <= 100_000 else { continue }
            hours += count * length
            rest = rest[digits.endIndex...].dropFirst()
        }
        let start = Duration.milliseconds(Int64(hours * 3_600_000))
        if rest.isEmpty { return text.isEmpty ? nil : start }
        return GoDuration.parse(rest).map { start + $0 }
    }
}

extension Expiry: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
